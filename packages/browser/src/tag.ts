import { open, start } from './client.ts'
import { safe } from './safe.ts'
import type { Options, Sentby } from './types.ts'

/** What a page may have put into `window.sentby` before this file came: README, "Stub". */
interface Stub {
  q?: Iterable<[keyof Sentby]>[]
  u?: string
  version?: string
}

const TAG = 'script[data-sentby-key]'

/**
 * Starts by the page's own tag, as `window.sentby`.
 *
 * @param prepare what an edition of the script adds before the start.
 */
export const startByTag = (prepare?: (options: Options) => void): void => {
  safe(() => {
    const page = window as unknown as { sentby?: Stub }
    // Its own tag first: markup above may look like it. An `<img name=currentScript>` is no script.
    const tag =
      document.currentScript?.closest<HTMLScriptElement>(TAG) ||
      document.querySelector<HTMLScriptElement>(TAG)
    const stub = page.sentby || {}
    // A second tag finds the first one's client and leaves it alone.
    if (!tag || stub.version) return
    const options: Record<string, string | undefined> = {
      endpoint: new URL(tag.src, location.href).origin,
    }
    for (const name of Object.keys(tag.dataset)) {
      // sentbyCookieDomain → cookieDomain
      options[name.charAt(6).toLowerCase() + name.slice(7)] = tag.dataset[name]
    }
    prepare?.(options as unknown as Options)
    const client = start(options as unknown as Options, stub.u)
    const call = (method: keyof Sentby, ...args: unknown[]) =>
      safe(() => (client[method] as (...args: unknown[]) => unknown)(...args))
    page.sentby = Object.assign(call, client)
    for (const args of stub.q || []) call(...(args as [keyof Sentby]))
    open()
  })
}
