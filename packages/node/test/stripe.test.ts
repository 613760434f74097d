import { describe, expect, test } from 'vitest'
import { type StripeTies, stripeMetadata } from '../src/index.ts'

const VISITOR = 'v_0123456789abcdef0123456789abcdef'
const at = '2026-11-22T10:00:00.000Z'
const typed = { code: 'JANE', at, source: 'typed' as const }
const link = { code: 'JANE', at, source: 'link' as const }

describe('what goes to Stripe', () => {
  test.each<[string, Parameters<typeof stripeMetadata>, StripeTies]>([
    ['nothing known', [undefined], { metadata: {} }],
    ['nothing in it', [{ visitor: '', code: '' }], { metadata: {} }],
    [
      'a visitor alone',
      [{ visitor: VISITOR }],
      { client_reference_id: VISITOR, metadata: { sentby_visitor: VISITOR } },
    ],
    [
      'a code that was typed',
      [{ visitor: VISITOR, code: 'JANE', first: typed, last: typed }],
      {
        client_reference_id: VISITOR,
        metadata: { sentby_visitor: VISITOR, sentby_code: 'JANE' },
      },
    ],
    [
      "a code that came by a link: it is the visitor's",
      [{ visitor: VISITOR, code: 'JANE', first: link, last: link }],
      { client_reference_id: VISITOR, metadata: { sentby_visitor: VISITOR } },
    ],
    ['a code of a form', [{ code: 'ja-ne' }], { metadata: { sentby_code: 'ja-ne' } }],
    [
      'a customer of your own',
      [{ visitor: VISITOR }, { customer: 'user_42' }],
      { client_reference_id: 'user_42', metadata: { sentby_visitor: VISITOR } },
    ],
    ['an empty customer', [undefined, { customer: '' }], { metadata: {} }],
    ['a customer that is too long', [undefined, { customer: 'x'.repeat(201) }], { metadata: {} }],
  ])('%s', (_, args, expected) => {
    const ties = stripeMetadata(...args)
    expect(ties).toEqual(expected)
    expect(JSON.stringify(ties)).not.toContain('""')
  })
})
