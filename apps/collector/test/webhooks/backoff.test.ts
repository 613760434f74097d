import type { WebhookDeliveryRow } from '@sentby/store'
import { describe, expect, test } from 'vitest'
import { PAUSES_MS, pauseAfter, readRetryAfter } from '../../src/services/webhooks/backoff.ts'
import { outcomeOf } from '../../src/services/webhooks/outcome.ts'
import { Slots } from '../../src/services/webhooks/slots.ts'

const SECOND = 1000
const HOUR = 3600 * SECOND
const NOW = '2026-11-22T10:00:00.000Z'

test('ten attempts take a little over three days', () => {
  const hours = PAUSES_MS.reduce((sum, pause) => sum + pause, 0) / HOUR
  expect(PAUSES_MS).toHaveLength(9)
  expect(hours).toBeGreaterThan(75)
  expect(hours).toBeLessThan(76)
})

test.each([
  ['the first pause', 1, undefined, 0.5, 5 * SECOND],
  ['at its shortest', 1, undefined, 0, 4.5 * SECOND],
  ['at its longest', 1, undefined, 1, 5.5 * SECOND],
  ['the last pause', 9, undefined, 0.5, 24 * HOUR],
  ['after the last attempt there is none', 10, undefined, 0.5, undefined],
  ['not even where the receiver asks for one', 10, 60 * SECOND, 0.5, undefined],
  ['a longer pause that is asked for', 1, 120 * SECOND, 0.5, 120 * SECOND],
  ['a shorter one does not hurry us', 2, 1 * SECOND, 0.5, 300 * SECOND],
  ['a year is a day', 1, 365 * 24 * HOUR, 0.5, 24 * HOUR],
])('%s', (_, tries, asked, random, pause) => {
  expect(pauseAfter(tries, asked, random)).toBe(pause)
})

test.each([
  [undefined, undefined],
  ['', undefined],
  ['0', 0],
  ['120', 120 * SECOND],
  [' 5 ', 5 * SECOND],
  ['-1', undefined],
  ['1.5', undefined],
  ['soon', undefined],
  ['9999999999', undefined],
  ['Sun, 22 Nov 2026 10:00:30 GMT', 30 * SECOND],
  ['Sun, 22 Nov 2026 09:59:00 GMT', 0],
  ['Sun, something', undefined],
])('Retry-After %j is %j', (header, milliseconds) => {
  expect(readRetryAfter(header, Date.parse(NOW))).toBe(milliseconds)
})

describe('an attempt', () => {
  const row: WebhookDeliveryRow = {
    program_id: 'prg_1',
    webhook_id: 'whk_1',
    message_id: 'msg_1',
    status: 'pending',
    tries: 0,
    due_at: NOW,
    claim: 'x',
    attempts: '[]',
    created_at: NOW,
  }
  const at = { startedAt: NOW, nowMs: Date.parse(NOW), random: 0.5 }
  const sent = { status: 200, reason: null, durationMs: 3, retryAfterMs: undefined }

  test('that is answered well delivers', () => {
    const attempt = { at: NOW, status: 200, durationMs: 3, reason: null }
    const attempts = JSON.stringify([attempt])
    expect(outcomeOf(row, sent, at)).toEqual({
      status: 'delivered',
      tries: 1,
      due_at: null,
      attempts,
    })
  })

  test.each([
    ['the first failure waits', 0, 'bad_status', 'pending', '2026-11-22T10:00:05.000Z'],
    ['the last failure gives up', 9, 'timed_out', 'exhausted', null],
    ['410 gives up at once', 0, 'gone', 'exhausted', null],
  ] as const)('%s', (_, tries, reason, status, due) => {
    const outcome = outcomeOf({ ...row, tries }, { ...sent, reason }, at)
    expect(outcome).toMatchObject({ status, due_at: due, tries: tries + 1 })
  })

  test('that we stopped ourselves was none, and is due at once', () => {
    const stopped = { ...sent, status: null, reason: 'stopped' } as const
    expect(outcomeOf({ ...row, tries: 4 }, stopped, at)).toEqual({
      status: 'pending',
      tries: 4,
      due_at: NOW,
      attempts: '[]',
    })
  })

  test('is the last of thirty that the log keeps', () => {
    let attempts = '[]'
    for (let i = 0; i < 40; i++) {
      ;({ attempts } = outcomeOf({ ...row, attempts }, { ...sent, durationMs: i }, at))
    }
    const kept = JSON.parse(attempts) as { durationMs: number }[]
    expect(kept.map(({ durationMs }) => durationMs)).toEqual(
      Array.from({ length: 30 }, (_, i) => i + 10),
    )
  })
})

describe('room for attempts', () => {
  const limits = { total: 6, each: 3, slow: 2, slowMs: 100 }
  const take = (slots: Slots, webhook: string, count: number) => {
    for (let i = 0; i < count; i++) slots.take(webhook)
  }

  test('a webhook has its own share and not more', () => {
    const slots = new Slots(limits)
    take(slots, 'a', 3)
    expect([slots.free('a'), slots.free('b')]).toEqual([0, 3])
    take(slots, 'b', 3)
    expect(slots.free('c')).toBe(0)
    slots.giveBack('a', 1)
    expect([slots.free('a'), slots.free('c')]).toEqual([1, 1])
  })

  test('slow ones have one each, and leave room for the others together', () => {
    const slots = new Slots(limits)
    for (const webhook of ['a', 'b', 'c']) {
      slots.take(webhook)
      slots.giveBack(webhook, 101)
    }
    expect(slots.free('a')).toBe(1)
    slots.take('a')
    slots.take('b')
    expect([slots.free('a'), slots.free('c'), slots.free('d')]).toEqual([0, 0, 3])
    slots.giveBack('a', 100)
    expect([slots.free('a'), slots.free('c')]).toEqual([3, 1])
  })
})
