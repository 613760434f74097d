/** What resource tests share: JSON calls, and a second program on the same collector. */
import { makeProgram } from '../../src/services/programs.ts'
import type { TestCollector } from '../test-collector.ts'

/** A JSON answer. */
export interface Told {
  status: number
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects.
  body: any
}

/** Calls with the program's secret key, or another. */
export async function call(
  collector: TestCollector,
  method: string,
  path: string,
  body?: unknown,
  key?: string,
): Promise<Told> {
  return told(await collector.send(method, path, body, key))
}

/** Calls without any key. */
export async function callAsGuest(
  collector: TestCollector,
  method: string,
  path: string,
): Promise<Told> {
  return told(await collector.app.request(path, { method }))
}

async function told(response: Response): Promise<Told> {
  const text = await response.text()
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
}

/** Another vendor on the same collector. */
export async function addProgram(collector: TestCollector, slug: string) {
  const { deps } = collector
  const sites = [`https://${slug}.test/`]
  const input = { slug, name: slug, currency: 'USD', timezone: 'UTC', sites }
  const made = await makeProgram(deps.store, input, deps.clock.now())
  await deps.directory.refresh()
  await deps.directory.refresh()
  return made
}
