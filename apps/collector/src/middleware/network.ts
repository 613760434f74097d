/** Who is at the other end, behind the proxies that the vendor trusts (RULES S9). */
import type { Context } from 'hono'
import ipaddr from 'ipaddr.js'
import { headerOf, nodeRequest } from './node-request.ts'

/**
 * The client's network: its IPv4 address, or the /64 of its IPv6 address. Kept in memory only, never stored.
 *
 * @param trustProxy a number of hops, or addresses and CIDR ranges of proxies; the right-most untrusted
 *   address is the client.
 */
export function clientNetwork(c: Context, trustProxy: number | readonly string[]): string {
  const socket = nodeRequest(c)?.socket?.remoteAddress ?? ''
  return networkOf(socket, headerOf(c, 'x-forwarded-for'), trustProxy)
}

/** As {@link clientNetwork}, from the socket's address and the `X-Forwarded-For` header. */
export function networkOf(
  socket: string,
  forwardedFor: string | undefined,
  trustProxy: number | readonly string[],
): string {
  if (trustProxy === 0) return toNetwork(socket)
  const forwarded = (forwardedFor ?? '')
    .split(',')
    .map((entry) => withoutPort(entry.trim()))
    .filter((entry) => entry !== '')
  const chain = [...forwarded, socket]
  let index = chain.length - 1
  if (typeof trustProxy === 'number') index = Math.max(0, index - trustProxy)
  else while (index > 0 && isTrusted(chain[index] ?? '', trustProxy)) index--
  return toNetwork(chain[index] ?? '')
}

/** Some proxies write `192.0.2.1:4711` and `[2001:db8::1]:4711`. */
function withoutPort(entry: string): string {
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(entry)?.[1]
  return bracketed ?? entry.replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1')
}

function isTrusted(address: string, proxies: readonly string[]): boolean {
  if (!ipaddr.isValid(address)) return false
  const parsed = ipaddr.process(address)
  return proxies.some((proxy) => {
    if (!proxy.includes('/')) {
      return ipaddr.isValid(proxy) && ipaddr.process(proxy).toString() === parsed.toString()
    }
    if (!ipaddr.isValidCIDR(proxy)) return false
    const [range, bits] = ipaddr.parseCIDR(proxy)
    return range.kind() === parsed.kind() && parsed.match([range, bits])
  })
}

function toNetwork(address: string): string {
  if (!address.includes(':')) return address
  if (!ipaddr.isValid(address)) return 'unknown'
  const parsed = ipaddr.process(address)
  if (!(parsed instanceof ipaddr.IPv6)) return parsed.toString()
  return `${parsed.parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(':')}::/64`
}
