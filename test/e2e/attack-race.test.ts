import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestCollector, type TestCollector } from '../../apps/collector/test/test-collector.ts'

const ROUNDS = 60

/** Sends events to one of two collectors on the same PostgreSQL. */
type Send = (events: unknown[]) => Promise<void>

describe('two collectors that take facts of one customer at the same moment', () => {
  let collector: TestCollector
  let here: Send
  let there: Send

  beforeAll(async () => {
    collector = await openTestCollector('postgres')
    const other = await collector.another()
    const key = collector.program.secretKey
    const sender =
      (request: typeof other.app.request): Send =>
      async (events) => {
        const answer = await request('/v1/events', {
          method: 'POST',
          headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
          body: JSON.stringify({ events }),
        })
        expect(answer.status).toBe(200)
      }
    here = sender((...asked) => collector.app.request(...asked))
    there = sender((...asked) => other.app.request(...asked))
    const made = await collector.send('POST', '/v1/partners', {
      email: 'jane@partner.test',
      name: 'Jane',
      code: 'JANE',
    })
    expect(made.status).toBe(201)
    await other.deps.directory.refresh()
  })
  afterAll(() => collector.closeAll())

  const candidates = async (customer: string): Promise<number> => {
    const answer = await collector.send('GET', `/v1/customers/${customer}/credit`)
    const { candidates: found } = (await answer.json()) as { candidates: unknown[] }
    return found.length
  }

  test.each([
    {
      title: 'a visit, and the tie of the installation that its visitor installed',
      before: (n: number) => [
        { id: `i${n}`, type: 'install', install: `i${n}`, product: 'p', visitor: `v${n}` },
        { id: `s${n}`, type: 'signup', customer: `c${n}` },
      ],
      left: (n: number) => [{ id: `w${n}`, type: 'visit', visitor: `v${n}`, code: 'JANE' }],
      right: (n: number) => [
        { id: `t${n}`, type: 'identify', customer: `c${n}`, install: `i${n}` },
      ],
      customer: (n: number) => `c${n}`,
    },
    {
      title: 'an accepted lead, and the signup that gives its e-mail',
      before: () => [],
      left: (n: number) => [
        {
          id: `l${n}`,
          type: 'lead',
          lead: `l${n}`,
          code: 'JANE',
          email: `ann${n}@acme.test`,
          status: 'accepted',
        },
      ],
      right: (n: number) => [
        { id: `z${n}`, type: 'signup', customer: `z${n}`, email: `ann${n}@acme.test` },
      ],
      customer: (n: number) => `z${n}`,
    },
  ])('decide as if one had come after the other: $title', async (round) => {
    const lost: number[] = []
    for (let n = 0; n < ROUNDS; n++) {
      const before = round.before(n)
      if (before.length > 0) await here(before)
      await Promise.all([here(round.left(n)), there(round.right(n))])
      if ((await candidates(round.customer(n))) === 0) lost.push(n)
    }
    expect(lost).toEqual([])
  })
})
