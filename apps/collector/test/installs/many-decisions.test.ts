/** Strangers can make much to decide: an answer decides for so long, and others have their turn meanwhile. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readInstallationDecisions } from '../../src/services/credit/read-installation.ts'
import { ENGINES } from '../test-collector.ts'
import { lineOf, openWorld, type World } from './world.ts'

const IDS = Array.from({ length: 120 }, (_, n) => `i-${n}`)

describe.each(ENGINES)('many decisions on %s', (engine) => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(engine)
    const at = new Date(Date.now() - 1000).toISOString()
    const lines = IDS.map((id) =>
      lineOf([
        ['product', 'pbx'],
        ['install', id],
        ['at', at],
        ['claim', 'env:JANE'],
      ]),
    )
    expect((await world.lines(lines.join('\n'))).status).toBe(200)
  })
  afterAll(() => world.collector.closeAll())

  const read = async (budgetMs?: number) => {
    const { deps, program } = world.collector
    await deps.store.db.updateTable('installation').set({ revision: -1 }).execute()
    const decided = await readInstallationDecisions(deps, program.id, IDS, budgetMs)
    return [...decided.values()]
  }

  test('past its time what is left is told to be stale, and at least one is decided', async () => {
    const decided = await read(0)
    expect(decided).toHaveLength(IDS.length)
    expect(decided.some(({ isStale }) => !isStale)).toBe(true)
    for (const { row, isStale } of decided) expect(isStale).toBe(row.revision < 0)
  })

  test('in time all of them are decided', async () => {
    const decided = await read()
    expect(decided.filter(({ isStale }) => isStale)).toEqual([])
    expect(decided.every(({ decision }) => decision.credited?.code === 'JANE')).toBe(true)
  })
})
