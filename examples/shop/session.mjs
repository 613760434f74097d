/** Who is signed in: a signed cookie, so that the shop needs no database. */
import { createHmac, timingSafeEqual } from 'node:crypto'

const NAME = 'acme_session'

/** @param {string} secret anything that only the shop knows */
export function createSessions(secret) {
  const sign = (customer) =>
    createHmac('sha256', secret).update(`session:${customer}`).digest('base64url')

  return {
    /** The customer of a `Cookie` header, or `undefined`. */
    read(header = '') {
      const [, customer = '', signature = ''] =
        new RegExp(`(?:^|;\\s*)${NAME}=([\\w-]+)\\.([\\w-]+)`).exec(header) ?? []
      const given = Buffer.from(signature)
      const right = Buffer.from(sign(customer))
      return given.length === right.length && timingSafeEqual(given, right) ? customer : undefined
    },

    /** A `Set-Cookie` value that signs a customer in; without one, out. */
    write(customer) {
      const value = customer ? `${customer}.${sign(customer)}` : ''
      const life = customer ? '' : '; Max-Age=0'
      return `${NAME}=${value}; Path=/; HttpOnly; SameSite=Lax${life}`
    },
  }
}
