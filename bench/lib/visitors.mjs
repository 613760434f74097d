/** Ids as the SDK makes them: 48 bits of time, 80 random bits, in hex (CONTRACT §4.1). */
import { randomBytes } from 'node:crypto'

const RANDOM_DIGITS = 20
let digits = ''
let used = 0

/** @param {number} atMs */
export function timeDigits(atMs) {
  return atMs.toString(16).padStart(12, '0')
}

export function randomDigits() {
  if (used + RANDOM_DIGITS > digits.length) {
    digits = randomBytes(1 << 16).toString('hex')
    used = 0
  }
  used += RANDOM_DIGITS
  return digits.slice(used - RANDOM_DIGITS, used)
}

/** @param {number} atMs */
export function makeId(atMs) {
  return timeDigits(atMs) + randomDigits()
}

/**
 * Visitors that a database was filled with. Nobody keeps a list: the id follows from the number.
 *
 * @typedef {{ count: number, startMs: number, stepMs: number }} KnownVisitors
 */

/**
 * @param {KnownVisitors} known
 * @param {number} number
 */
export function knownVisitor({ startMs, stepMs }, number) {
  const time = timeDigits(Math.floor(startMs + number * stepMs))
  return `v_${time}${scramble(number)}${scramble(number ^ 0x5bd1e995)}${scramble(~number).slice(0, 4)}`
}

/** Eight hex digits that look random. @param {number} number */
function scramble(number) {
  let value = Math.imul(number ^ (number >>> 16), 0x85ebca6b)
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35)
  return ((value ^ (value >>> 16)) >>> 0).toString(16).padStart(8, '0')
}

/** One of five visits is a returning visitor's. */
export const RETURNING = 0.2

/** Codes of the benchmark: `P` and eight digits. @param {number} number */
export function codeOf(number) {
  return `P${String(number).padStart(8, '0')}`
}

export const CODES = 10_000

/** Customers that pay again and again: twenty characters. @param {number} number */
export function payerOf(number) {
  return `cus_${String(number).padStart(16, '0')}`
}
