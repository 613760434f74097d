import { isRevisit, toList } from './page.ts'
import { on, safe } from './safe.ts'
import { carry, format, isOpen, last } from './state.ts'

/** How long a carried visitor may travel (RULES S7). */
const TRAVEL_MS = 12e4

/**
 * Carries the visitor between the vendor's own domains; before `start`. A link that is followed to one of
 * `domains` takes the visitor along; here it is taken over from a referrer in `domains`, within two minutes,
 * not on reload, and only by who has none stored (RULES S7).
 */
export const watchLinks = (domains: unknown): void => {
  const isOurs = (host: string): boolean =>
    toList(domains || '').some((domain) => domain && `.${host}`.endsWith(`.${domain}`))

  safe(() => {
    const found = /[?&](_sentby=[^&#]+)\.(\w+)/.exec(location.href)
    if (
      found &&
      isOurs(new URL(document.referrer).hostname) &&
      Math.abs(Date.now() - Number.parseInt(`${found[2]}`, 36)) < TRAVEL_MS &&
      !isRevisit()
    ) {
      carry(`;${found[1]}`)
    }
  })

  on<{ target: Element }>('click auxclick', ({ target }) => {
    const link = target.closest<HTMLAnchorElement>('a[href]')
    if (link && last && isOpen && link.host !== location.host && isOurs(link.hostname)) {
      const url = new URL(link.href)
      url.searchParams.set('_sentby', `${format(0)}.${Date.now().toString(36)}`)
      link.href = url.href
    }
  })
}
