import { describe, expect, it } from 'vitest'
import { type Fact, type LeadFact, readLead } from '../../src/index.ts'
import {
  ANCHOR,
  credit,
  day,
  decided,
  identify,
  lead,
  minute,
  OPEN,
  SIGNED,
  sale,
  signup,
} from './scene.ts'

describe('E5: leads', () => {
  const conversion = signup('s', ANCHOR, { emailHash: 'hash:cus' })
  const filed = lead('a', day(-9), { code: 'ANN', emailHash: 'hash:cus' })
  const taken = lead('b', day(5), { status: 'accepted' })
  it.each<[string, readonly Fact[], string]>([
    [
      'reach the customer that the vendor names',
      [lead('a', day(-9), { code: 'ANN' }), { ...taken, customer: 'c1' }],
      'ann by a',
    ],
    ['reach the customer by its trusted e-mail', [filed, taken], 'ann by a'],
    [
      'do not reach another customer that the vendor names',
      [filed, { ...taken, customer: 'c2' }],
      'no_evidence',
    ],
    [
      'do not reach by another e-mail',
      [{ ...filed, emailHash: 'hash:other' }, taken],
      'no_evidence',
    ],
    [
      'do not reach without name and e-mail',
      [lead('a', day(-9), { code: 'ANN' }), taken],
      'no_evidence',
    ],
    [
      'reach by the last e-mail they gave',
      [
        { ...filed, emailHash: 'hash:other' },
        { ...taken, emailHash: 'hash:cus' },
      ],
      'ann by a',
    ],
    [
      'count the last status',
      [filed, taken, lead('d', day(6), { status: 'declined' })],
      'no_evidence',
    ],
    [
      'keep their status when a later fact says none',
      [filed, taken, lead('d', day(6), {})],
      'ann by a',
    ],
    ['are accepted again', [filed, lead('d', day(4), { status: 'declined' }), taken], 'ann by a'],
    [
      'follow the last acceptance',
      [
        filed,
        { ...taken, customer: 'c1' },
        lead('d', day(6), { status: 'accepted', customer: 'c2' }),
      ],
      'no_evidence',
    ],
    ['wait for a decision', [filed, lead('d', day(6), { status: 'new' })], 'no_evidence'],
    ['keep their first code', [filed, { ...taken, code: 'BEN' }], 'ann by a'],
    [
      'take the first code that is there',
      [lead('a', day(-9), { emailHash: 'hash:cus' }), { ...taken, code: 'BEN' }],
      'ben by a',
    ],
    [
      'without a code are nothing',
      [lead('a', day(-9), { emailHash: 'hash:cus' }), taken],
      'no_evidence',
    ],
    [
      'of an open key do not exist',
      [
        { ...filed, ...OPEN },
        { ...taken, ...OPEN },
      ],
      'no_evidence',
    ],
    [
      'lie at their first filing, after the anchor too',
      [{ ...filed, at: minute(1) }, taken],
      'all_struck',
    ],
    [
      'look their code up at their first filing',
      [{ ...filed, code: 'NEWANN' }, taken],
      'no_evidence',
    ],
  ])('%s', (_name, facts, expected) => {
    expect(credit(decided([conversion, ...facts]))).toBe(expected)
    expect(credit(decided([...facts].reverse().concat(conversion)))).toBe(expected)
  })

  it('do not reach by an e-mail that only an open fact gave', () => {
    const open = signup('o', ANCHOR, { ...OPEN, visitor: 'v1', emailHash: 'hash:cus' })
    const signed = identify('i', ANCHOR, { ...SIGNED, visitor: 'v1', emailHash: 'hash:cus' })
    expect(credit(decided([sale('x', ANCHOR), open, signed, filed, taken]))).toBe('no_evidence')
  })
})

describe('what the facts of one lead say together', () => {
  const filed = lead('a', day(-9), { code: 'ANN', emailHash: 'one' })
  const accepted = lead('b', day(5), { status: 'accepted', customer: 'c1' })
  const said = (facts: readonly LeadFact[]) => {
    const found = readLead(facts)
    if (found === null) return null
    const { filing, decision, ...rest } = found
    return { filing: filing.id, decision: decision?.id, ...rest }
  }
  const ann = { filing: 'a', code: 'ANN', emailHash: 'one' }

  it.each<[string, readonly LeadFact[], object | null]>([
    ['nothing', [], null],
    ['a filing', [filed], { ...ann, status: 'new', decision: undefined, customer: undefined }],
    [
      'an acceptance with a customer',
      [filed, accepted],
      { ...ann, status: 'accepted', decision: 'b', customer: 'c1' },
    ],
    [
      'a later acceptance without one',
      [filed, accepted, lead('c', day(6), { status: 'accepted' })],
      { ...ann, status: 'accepted', decision: 'c', customer: undefined },
    ],
    [
      'a customer that a refusal names',
      [filed, lead('c', day(6), { status: 'declined', customer: 'c1' })],
      { ...ann, status: 'declined', decision: 'c', customer: undefined },
    ],
    [
      'a lead that was put back',
      [filed, accepted, lead('c', day(6), { status: 'new' })],
      { ...ann, status: 'new', decision: 'c', customer: undefined },
    ],
    [
      'two decisions of one instant, by their ids',
      [filed, accepted, lead('c', day(5), { status: 'declined' })],
      { ...ann, status: 'declined', decision: 'c', customer: undefined },
    ],
  ])('%s', (_name, facts, expected) => {
    expect(said(facts)).toEqual(expected)
    expect(said([...facts].reverse())).toEqual(expected)
  })
})
