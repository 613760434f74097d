import { createHmac } from 'node:crypto'

/**
 * Signs a customer's id for the browser: `<unix>.<hex HMAC-SHA256 of "<unix>:<program>:<customer>">`
 * (RULES S8).
 *
 * @param unixSeconds the signature counts for 24 hours from here.
 */
export function signCustomer(
  identitySecret: string,
  program: string,
  customer: string,
  unixSeconds: number,
): string {
  const text = `${unixSeconds}:${program}:${customer}`
  return `${unixSeconds}.${createHmac('sha256', identitySecret).update(text).digest('hex')}`
}
