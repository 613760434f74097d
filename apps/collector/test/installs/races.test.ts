/** What races with an installation's report counts all the same, through several collectors (RULES F6). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Collector } from '../../src/open-collector.ts'
import { replay } from '../../src/services/replay.ts'
import { ENGINES } from '../test-collector.ts'
import { openWorld, type World } from './world.ts'

const ROUNDS = 60

describe.each(ENGINES)('races on %s', (engine) => {
  let world: World
  let collectors: Pick<Collector, 'app'>[]
  beforeAll(async () => {
    world = await openWorld(engine)
    // A file has one collector; its requests race for the commit.
    const another = engine === 'postgres' ? world.collector : undefined
    collectors = [world.collector, (await another?.another()) ?? world.collector]
  })
  afterAll(() => world.collector.closeAll())

  const send = (turn: number, event: object) =>
    collectors[turn % 2]?.app.request('/v1/events', {
      method: 'POST',
      headers: {
        authorization: `Bearer ${world.collector.program.publishableKey}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ events: [event] }),
    })

  test('a visit, a code and two reports at once give what the facts give', async () => {
    const at = new Date(Date.now() - 3_600_000).toISOString()
    for (let n = 0; n < ROUNDS; n++) {
      const visitor = `web-${n}`
      const install = `box-${n}`
      const events = [
        { id: `visit-${n}`, type: 'visit', at, visitor, code: 'JANE' },
        { id: `first-${n}`, type: 'install', install, product: 'pbx', visitor },
        { id: `second-${n}`, type: 'install', install, product: 'pbx', version: '2' },
        { id: `code-${n}`, type: 'code', visitor, code: 'BOB' },
      ]
      const order = n % 2 === 0 ? events : events.reverse()
      const answers = await Promise.all(order.map((event, turn) => send(n + turn, event)))
      expect(answers.map((answer) => answer?.status)).toEqual([200, 200, 200, 200])
    }
    const { deps, program } = world.collector
    const config = deps.directory.program(program.id)
    if (!config) throw new Error('no program')
    const replayed = await replay(deps.store.db, config)
    expect(replayed).toMatchObject({ installations: ROUNDS, installationDifferences: [] })
    const rows = await deps.store.db.selectFrom('installation').select(['code']).execute()
    expect(rows.every(({ code }) => code !== null)).toBe(true)
  })
})
