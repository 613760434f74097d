import { setTimeout as wait } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCalendar } from '../src/jobs/calendar.ts'
import { forgetUnknownCodes } from '../src/jobs/forget-unknown-codes.ts'
import { forgetWebhooks } from '../src/jobs/forget-webhooks.ts'
import { openTestCollector, type TestCollector } from './test-collector.ts'

let collector: TestCollector
beforeAll(async () => {
  collector = await openTestCollector('sqlite')
  await collector.send('PUT', '/v1/groups/default/terms', {
    ...{ from: null, trigger: 'every_sale', rate: { basisPoints: 1000 }, duration: 'life' },
  })
  collector.deps.testClock?.set(Date.now() + 40 * 86_400_000)
})
afterAll(() => collector.closeAll())

test.each([
  ['the calendar', runCalendar],
  ['forgetting codes', forgetUnknownCodes],
  ['forgetting webhooks', forgetWebhooks],
])('%s waits while another process writes to the file', async (_, job) => {
  const other = new Database(collector.databaseUrl.replace(/^file:/, ''))
  other.exec('begin immediate')
  let ended = false
  const done = job(collector.deps).finally(() => {
    ended = true
  })
  await wait(100)
  expect(ended).toBe(false)
  other.exec('rollback')
  other.close()
  await done
})
