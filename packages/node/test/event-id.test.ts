import { createHash } from 'node:crypto'
import { wireId } from '@sentby/contract'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { derivedId, randomId } from '../src/event-id.ts'

const hash = (text: string) => `sha256-${createHash('sha256').update(text).digest('base64url')}`
const LONG = 'x'.repeat(200)

describe('the id that an event names itself', () => {
  test.each([
    ['sale', { order: 'in_1' }, 'sale:in_1'],
    ['sale', { order: 'Ab.c:9-_' }, 'sale:Ab.c:9-_'],
    ['sale', { order: 'x'.repeat(123) }, `sale:${'x'.repeat(123)}`],
    ['sale', { order: 'x'.repeat(124) }, `sale:${hash('x'.repeat(124))}`],
    ['sale', { order: 'order 7' }, `sale:${hash('order 7')}`],
    ['sale', { order: '注文/7' }, `sale:${hash('注文/7')}`],
    ['sale', { order: 'sha256-7' }, `sale:${hash('sha256-7')}`],
    ['refund', { refund: 're_1' }, 'refund:re_1'],
    ['refund', { refund: 're_1', status: 'made' }, 'refund:re_1'],
    ['refund', { refund: 're_1', status: 'undone' }, 'refund-undone:re_1'],
    ['signup', { customer: 'cus_9' }, 'signup:cus_9'],
    ['signup', { customer: 'jane@acme.test' }, `signup:${hash('jane@acme.test')}`],
    ['lead', { lead: 'l_1' }, 'lead:l_1:new'],
    ['lead', { lead: 'l_1', status: 'new' }, 'lead:l_1:new'],
    ['lead', { lead: 'l_1', status: 'accepted' }, 'lead:l_1:accepted'],
    ['lead', { lead: LONG, status: 'declined' }, `lead:${hash(LONG)}:declined`],
  ] as const)('%s of %j is %s', (type, fields, expected) => {
    expect(derivedId(type, fields)).toBe(expected)
  })

  test('it stays the same over releases: a hash that is stored for ever', () => {
    expect(derivedId('sale', { order: 'order 7' })).toBe(
      'sale:sha256-D8ifiuGTlLSN69Y1O7mtM5PzvHkZMVGfGdF2p-VRPrw',
    )
  })

  test.each(['visit', 'code', 'install', 'identify', 'cancel', 'assign'] as const)(
    '%s has none: the same may truly happen twice',
    (type) => {
      expect(derivedId(type, { customer: 'cus_9', install: 'i_1', visitor: 'v_1' })).toBeUndefined()
    },
  )

  test('whatever the vendor calls its orders, the id fits the wire and no two orders share one', () => {
    const order = fc.oneof(
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 255 }),
      fc.stringMatching(/^sha256-[\w-]{0,50}$/),
      fc.stringMatching(/^[\w.:-]{1,140}$/),
    )
    fc.assert(
      fc.property(order, order, (one, other) => {
        const ids = [one, other].map((name) => derivedId('sale', { order: name }))
        for (const id of ids) expect(wireId.safeParse(id).success).toBe(true)
        expect(ids[0] === ids[1]).toBe(one === other)
      }),
    )
  })
})

describe('a random id', () => {
  const randomBytes = (length: number) => crypto.getRandomValues(new Uint8Array(length))

  test.each([
    [0, '0000000000'],
    [1, '0000000001'],
    [31, '000000000Z'],
    [32, '0000000010'],
    [1469918176385, '01ARYZ6S41'],
    [2 ** 48 - 1, '7ZZZZZZZZZ'],
  ])('made at %i begins with %s', (time, start) => {
    const id = randomId({ now: () => time, randomBytes })
    expect(id).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/)
    expect(id.slice(0, 10)).toBe(start)
  })

  test('carries 80 random bits: all bytes of the source, five bits of each', () => {
    const bytes = Uint8Array.from({ length: 16 }, (_, i) => i * 17)
    const id = randomId({ now: () => 0, randomBytes: () => bytes })
    const base32 = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
    expect(id.slice(10)).toBe([...bytes].map((byte) => base32[byte % 32]).join(''))
  })

  test('sorts by time as text', () => {
    const time = fc.integer({ min: 0, max: 2 ** 48 - 1 })
    fc.assert(
      fc.property(time, time, (a, b) => {
        const [first, second] = [a, b].map((now) => randomId({ now: () => now, randomBytes }))
        if (a < b) expect(String(first) < String(second)).toBe(true)
      }),
    )
  })
})
