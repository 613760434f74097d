import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readEvents } from '../src/services/ingest/read-events.ts'
import { ENGINES, openTestCollector, type TestCollector } from './test-collector.ts'

describe.each(ENGINES)('the committer on %s', (engine) => {
  let collector: TestCollector
  beforeAll(async () => {
    collector = await openTestCollector(engine)
  })
  afterAll(() => collector.closeAll())

  test('stores what comes at any moment after an answer, the queue being just empty', async () => {
    const { committer, directory } = collector.deps
    const program = directory.bySlug('acme')
    if (!program) throw new Error('no program')
    const sender = { program, keyId: 'key', kind: 'secret' as const, bot: false, bytes: 100 }
    const submit = (id: string) => {
      const event = { id, type: 'visit', visitor: 'v_1', code: 'JANE' }
      const arrivals = readEvents([event], undefined, { ...sender, nowMs: Date.now() })
      return committer.submit(program.row.id, arrivals, 100)
    }
    for (let hops = 0; hops < 40; hops++) {
      await submit(`first-${hops}`)
      for (let n = 0; n < hops; n++) await Promise.resolve()
      const stored = submit(`next-${hops}`).then(([result]) => result?.outcome)
      expect(await Promise.race([stored, wait(5000, `lost after ${hops} turns`)])).toBe('stored')
    }
  })
})
