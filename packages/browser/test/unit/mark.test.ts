import { expect, test } from 'vitest'
import { codeOf, kindOf, makeMark, STATE, timeOf } from '../../src/mark.ts'

const MARKS: [code: string, kind: 'l' | 't', at: number][] = [
  ['AB', 'l', Date.UTC(1973, 0)],
  ['JANE', 't', Date.UTC(2026, 10, 22, 10)],
  ['A'.repeat(32), 'l', Date.UTC(2059, 0) - 1],
  ['00L00T00', 't', Date.UTC(2026, 1, 28, 23, 59, 59, 999)],
]
test.each(MARKS)('a mark of %s, %s and %i gives all three back', (code, kind, at) => {
  const mark = makeMark(code, kind, at)
  expect([codeOf(mark), kindOf(mark), timeOf(mark)]).toEqual([code, kind, at])
})

const A = 'JANE.lmia1x2y3'
const B = 'BOB.tmib0a1b2'
const COOKIES: [header: string, found: (string | undefined)[] | undefined][] = [
  [`_sentby=1.2.v_1.${A}.${B}`, ['v_1', A, B]],
  [`a=1; _sentby=1.2.v_1.${A}.${B}; b=2`, ['v_1', A, B]],
  ['_sentby=1.0.v_1', ['v_1', undefined, undefined]],
  [`_sentby=1.2.v_1.${A}`, ['v_1', undefined, undefined]],
  [`_sentby=; _sentby=1.3.v_2.${A}.${A}`, ['v_2', A, A]],
  [`a=1;_sentby=1.2.v_1.${A}.${B}`, ['v_1', A, B]],
  [`url=/?_sentby=1.2.v_9; _sentby=1.2.v_1.${A}.${B}`, ['v_1', A, B]],
  [`url=/?_sentby=1.2.v_9.${A}.${B}`, undefined],
  [`a=b _sentby=1.2.v_9.${A}.${B}`, undefined],
  [`x_sentby=1.2.v_1.${A}.${B}`, undefined],
  [`_sentby_p=1.2.v_1.${A}.${B}`, undefined],
  [`_sentby=2.2.v_1.${A}.${B}`, undefined],
  ['_sentby=undefined', undefined],
  ['', undefined],
]
test.each(COOKIES)('the cookie header %j holds %j', (header, found) => {
  expect(STATE.exec(`;${header}`)?.slice(1)).toEqual(found)
})
