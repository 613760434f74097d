import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { EVENT_TYPES, event, eventsRequest, secretOnlyPart } from '../src/events.ts'
import { LIMITS } from '../src/limits.ts'
import { policyInput } from '../src/policy.ts'
import { toInstant } from '../src/text.ts'

interface Fixture {
  name: string
  event: { type: string }
  parsed?: object
  open: boolean
  pointers: string[]
}

// Read as text: bundlers refuse JSON with a lone surrogate, which is what one of the rows is about.
const fixtures = (name: string): Fixture[] =>
  JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8'))
const valid = fixtures('valid-events')
const invalid = fixtures('invalid-events')

describe('valid events', () => {
  test.each(valid)('$name', ({ event: sent, parsed = {}, open }) => {
    const result = event.safeParse(sent)
    expect(result.error?.issues).toBeUndefined()
    if (!result.success) return
    expect(result.data).toMatchObject(parsed)
    expect(secretOnlyPart(result.data) === null).toBe(open)
  })

  test('every type has one', () => {
    expect(new Set(valid.map((row) => row.event.type))).toEqual(new Set(EVENT_TYPES))
  })
})

describe('invalid events', () => {
  test.each(invalid)('$name', ({ event: sent, pointers }) => {
    const result = event.safeParse(sent)
    expect(result.success).toBe(false)
    const found = result.error?.issues.map((issue) =>
      issue.path.map((part) => `/${String(part)}`).join(''),
    )
    expect(found).toEqual(expect.arrayContaining(pointers))
  })

  test('a key named __proto__ is refused and pollutes nothing', () => {
    const sent: unknown = JSON.parse(
      '{"id":"e","type":"cancel","customer":"c","__proto__":{"x":1}}',
    )
    expect(event.safeParse(sent).success).toBe(false)
    expect({}).not.toHaveProperty('x')
  })
})

describe('the envelope', () => {
  test.each([
    [LIMITS.batchEvents, true],
    [LIMITS.batchEvents + 1, false],
    [0, false],
  ])('%i events: %s', (count, fits) => {
    const events = Array.from({ length: count }, () => ({}))
    expect(eventsRequest.safeParse({ events }).success).toBe(fits)
  })

  test('an unknown field is refused, never dropped', () => {
    expect(eventsRequest.safeParse({ events: [{}], evnets: [] }).success).toBe(false)
  })
})

describe('instants', () => {
  test.each([
    ['2026-11-22T10:00:00Z', '2026-11-22T10:00:00.000Z'],
    ['2026-11-22T10:00Z', '2026-11-22T10:00:00.000Z'],
    ['2026-11-22T11:00:00+01:00', '2026-11-22T10:00:00.000Z'],
    ['2026-11-22T10:00:00.123456Z', '2026-11-22T10:00:00.123Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
    ['2023-02-29T00:00:00Z', null],
    ['0000-01-01T00:00:00Z', '0000-01-01T00:00:00.000Z'],
    ['0000-02-29T00:00:00Z', '0000-02-29T00:00:00.000Z'],
    ['1900-02-29T00:00:00Z', null],
    ['0000-01-01T00:00:00+01:00', null],
    ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
    ['9999-12-31T23:59:59-01:00', null],
    ['2026-11-22', null],
    ['1763800000', null],
    ['Sun, 22 Nov 2026 10:00:00 GMT', null],
    ['+012026-01-01T00:00:00Z', null],
  ])('%s is stored as %s', (text, stored) => {
    expect(toInstant(text)).toBe(stored)
  })
})

describe('policies', () => {
  test('what is left out takes the default', () => {
    expect(policyInput.parse({})).toMatchObject({
      within: 'last',
      lateClaimDays: 30,
      settleMinutes: 60,
      ties: 'provisional',
    })
  })

  test.each([
    { order: [] },
    { order: ['link', 'link'] },
    { order: ['link', ['typed', 'link']] },
    { order: ['click'] },
    { within: 'middle' },
    { windowDays: { link: -1 } },
    { windowDays: { link: 3651 } },
    { windowDays: { click: 1 } },
    { settleMinutes: 1.5 },
    { unknown: 1 },
  ])('%j is refused', (input) => {
    expect(policyInput.safeParse(input).success).toBe(false)
  })
})
