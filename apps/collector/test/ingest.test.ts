import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ENGINES, openTestCollector, type TestCollector } from './test-collector.ts'

describe.each(ENGINES)('events on %s', (engine) => {
  let collector: TestCollector
  beforeAll(async () => {
    collector = await openTestCollector(engine)
  })
  afterAll(() => collector.closeAll())

  test('an event is stored once and answered again with the same verdict', async () => {
    const visit = { id: 'e1', type: 'visit', visitor: 'v_1', code: 'no-body' }
    for (const outcome of ['stored', 'duplicate']) {
      const response = await collector.events([visit], collector.program.publishableKey)
      expect(response.status).toBe(200)
      expect(await response.json()).toEqual({
        results: [{ id: 'e1', outcome, verdict: { status: 'unknown_code', code: 'NOBODY' } }],
      })
    }
  })
})
