import { z } from 'zod'

/**
 * A date and a time with a zone, in ISO-8601's extended form: seconds may be left out, and digits past the third behind
 * them count for nothing. The years are 0000 to 9999, as written and in UTC. `toInstant` brings it to 24 characters.
 */
const ISO_INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})$/

/** The stored form itself, which our own SDKs send: read without a `Date`, for each event has some. */
const STORED_INSTANT =
  /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/

/**
 * The stored form of an instant: UTC, milliseconds, 24 characters, so that text order is time order.
 *
 * @returns the instant or `null` when the text is no date.
 * @example toInstant('2026-11-22T11:00:00+01:00') // '2026-11-22T10:00:00.000Z'
 */
export function toInstant(text: string): string | null {
  if (STORED_INSTANT.test(text) && isDayOfMonth(text)) return text
  if (!ISO_INSTANT.test(text) || !isDayOfMonth(text)) return null
  const milliseconds = Date.parse(text)
  if (Number.isNaN(milliseconds)) return null
  const instant = new Date(milliseconds).toISOString()
  return instant.length === 24 ? instant : null
}

/** `Date.parse` reads the 30th of February as a day of March. */
function isDayOfMonth(text: string): boolean {
  if (Number(text.slice(8, 10)) <= 28) return true
  // The calendar repeats after 400 years, and `Date.UTC` reads the years 0 to 99 as 1900 to 1999.
  const year = Number(text.slice(0, 4)) + 400
  const days = new Date(Date.UTC(year, Number(text.slice(5, 7)), 0)).getUTCDate()
  return Number(text.slice(8, 10)) <= days
}

/** An instant of a sender: ISO-8601 with a zone. */
export const instant = z
  .string()
  .max(40)
  .refine((text) => toInstant(text) !== null, 'must be an ISO-8601 date-time with a zone')
  .meta({ format: 'date-time', example: '2026-11-22T09:59:58.120Z' })

/** Event, visitor and install ids: 1–128 of `[A-Za-z0-9._:-]`. */
export const wireId = z
  .string()
  .regex(/^[A-Za-z0-9._:-]{1,128}$/, 'must be 1–128 of A-Z a-z 0-9 . _ : -')

/** Ids of the vendor (customer, order, refund, product): 1–255 printable characters. */
export const vendorId = z
  .string()
  .regex(/^[^\p{C}\p{Zl}\p{Zp}]{1,255}$/u, 'must be 1–255 printable characters')

/** Lone surrogates and control characters: PostgreSQL refuses some of them, so none is stored. */
const UNSTORABLE = /[\p{Cc}\p{Cs}]/gu

/**
 * Text of people, in any language. What no database stores becomes U+FFFD; line breaks stay in long text.
 *
 * @param max characters at most (UTF-16 units).
 */
export function freeText(max: number) {
  return z
    .string()
    .min(1)
    .max(max)
    .overwrite((text) =>
      text.replace(UNSTORABLE, (found) => (found === '\n' || found === '\t' ? found : '\uFFFD')),
    )
}

export const email = z
  .string()
  .max(320)
  .regex(/^[^\s@\p{C}]+@[^\s@\p{C}]+$/u, 'must be an e-mail address')

/** Integer minor units of the currency, 0 to 2^53 − 1. */
export const amountMinor = z
  .int('must be an integer in minor units')
  .min(0)
  .meta({ description: 'Integer minor units (cents); never a decimal.', example: 4900 })

const CURRENCIES = new Set(Intl.supportedValuesOf('currency'))

/** ISO 4217 code; lower case is accepted and raised. */
export const currency = z
  .string()
  .length(3)
  .toUpperCase()
  .refine((code) => CURRENCIES.has(code), 'must be an ISO 4217 currency')
  .meta({ example: 'EUR' })
