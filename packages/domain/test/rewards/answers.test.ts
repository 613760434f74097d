import { describe, expect, test } from 'vitest'
import { answersOf, dueOf } from '../../src/index.ts'
import { customer, scene } from './scene.ts'

const KEY = 'sale:c 2026-01-01'

describe('why nothing is due for a trigger', () => {
  const told = answersOf(dueOf(scene([customer('c', [{ at: '2026-01-01', amountMinor: 0 }])])))
  test.each([
    ['the reason that due gives', KEY, 'zero_amount'],
    ['the customer is there and the trigger is not', 'qualification:c', 'no_terms'],
    ['the order is not there', 'sale:other', 'no_credit'],
    ['the customer is not there', 'signup:d', 'no_credit'],
  ])('%s', (_, key, reason) => {
    expect(told(key)).toEqual({ reason })
  })
})
