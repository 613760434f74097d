import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  CODE_ALPHABET,
  canonicalCode,
  GENERATED_CODE_LENGTH,
  generateCode,
  hasValidCheck,
  readCode,
} from '../src/code.ts'

describe('the grammar of codes (CONTRACT §4.1)', () => {
  test.each([
    ['JANE', 'JANE'],
    [' ja-ne_d.oe ', 'JANEDOE'],
    ['lea', 'LEA'],
    ['O0I1L', 'O0I1L'],
    ['ab', 'AB'],
    ['A'.repeat(32), 'A'.repeat(32)],
    ['a\u00a0b', 'AB'],
    ['a', null],
    ['A'.repeat(33), null],
    ['', null],
    ['- _ .', null],
    ['JÄNE', null],
    ['ſı', null],
    ['JANE/', null],
    ['JANE%20', null],
  ])('%j is read as %j', (text, code) => {
    expect(canonicalCode(text)).toBe(code)
  })

  test('a code that people chose needs no check character', () => {
    for (const code of ['JANE', 'MAXMUSTER', 'SPRING25', 'LILLYOIL']) {
      expect(hasValidCheck(code)).toBe(true)
    }
  })
})

const randomValues = fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 7, maxLength: 7 })

describe('generated codes', () => {
  test('have the alphabet without look-alikes, and pass their own check', () => {
    fc.assert(
      fc.property(randomValues, (random) => {
        const code = generateCode(random)
        expect(code).toMatch(/^[2-9A-HJKMNP-Z]{8}$/)
        expect(readCode(code.toLowerCase())).toBe(code)
      }),
    )
  })

  test('every single wrong character is recognised offline', () => {
    fc.assert(
      fc.property(
        randomValues,
        fc.nat(GENERATED_CODE_LENGTH - 1),
        fc.nat(CODE_ALPHABET.length - 1),
        (random, place, value) => {
          const code = generateCode(random)
          const wrong = code.slice(0, place) + CODE_ALPHABET.charAt(value) + code.slice(place + 1)
          expect(hasValidCheck(wrong)).toBe(wrong === code)
        },
      ),
    )
  })

  test('every swap of two characters is recognised offline', () => {
    fc.assert(
      fc.property(randomValues, fc.nat(7), fc.nat(7), (random, a, b) => {
        const letters = [...generateCode(random)]
        const swapped = [...letters]
        swapped[a] = letters[b] ?? ''
        swapped[b] = letters[a] ?? ''
        const same = swapped.join('') === letters.join('')
        expect(hasValidCheck(swapped.join(''))).toBe(same)
      }),
    )
  })

  test.each([[[]], [[1, 2, 3]], [[0, 0, 0, 0, 0, 0, 31]], [[-1, 0, 0, 0, 0, 0, 0]]])(
    'are refused for random values %j',
    (random) => {
      expect(() => generateCode(random)).toThrow(RangeError)
    },
  )
})
