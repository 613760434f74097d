/** What resource tests share: JSON calls, and a second program on the same collector. */
import { OPERATIONS } from '../../src/openapi/operations.ts'
import { makeProgram } from '../../src/services/programs.ts'
import type { TestCollector } from '../test-collector.ts'

/** What was written as JSON: a test reads what it expects, and fails where it is not there. */
// biome-ignore lint/suspicious/noExplicitAny: answers are held to their schemas; see `answerSchema`.
export type ReadJson = any

/** A JSON answer. */
export interface Told {
  status: number
  body: ReadJson
}

/** Calls with the program's secret key, or another. */
export async function call(
  collector: TestCollector,
  method: string,
  path: string,
  body?: unknown,
  key?: string,
): Promise<Told> {
  const answer = await told(await collector.send(method, path, body, key))
  if (answer.status < 300) answerSchema(method, path, answer.status).parse(answer.body)
  return answer
}

/** What the OpenAPI document says of an answer; every answer that a test sees must fit it. */
function answerSchema(method: string, path: string, status: number) {
  const [bare = ''] = path.split('?')
  const operation = OPERATIONS.find(
    (known) =>
      known.method === method &&
      new RegExp(`^${known.path.replace(/\{\w+\}/g, '[^/]+')}$`).test(bare),
  )
  const schema = operation?.answers[status]?.schema
  if (!schema) throw new Error(`the document tells no ${status} of ${method} ${bare}`)
  return schema
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
