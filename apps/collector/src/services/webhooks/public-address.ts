/** Which addresses a webhook may go to: nobody's inside, not ours and not our provider's. */
import { isIP, type LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'

/** Gives every address of a host name. */
export type Resolve = (host: string) => Promise<readonly string[]>

/** Whether a webhook may be connected to an address. */
export type AddressRule = (address: string) => boolean

/** The name has an address that the rule refuses, or none; `code` says which. */
export class AddressError extends Error {
  override readonly name = 'AddressError'
  readonly code: 'address_refused' | 'unresolved'

  constructor(code: 'address_refused' | 'unresolved') {
    super(code)
    this.code = code
  }
}

/** The block that addresses of the public IPv6 Internet are given from (RFC 4291 §2.4, IANA). */
const GLOBAL_UNICAST: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse('2000::'), 3]

/**
 * Whether an address is an ordinary public one: in no range of the IANA special-purpose registries (RFC 6890),
 * and no IPv6 form that carries an IPv4 address (mapped, 6to4, Teredo, NAT64), which could be a private one.
 */
export function isPublicAddress(address: string): boolean {
  // A zone (fe80::1%eth0) names a link of this machine.
  if (isIP(address) === 0 || address.includes('%')) return false
  const parsed = ipaddr.parse(address)
  if (parsed.range() !== 'unicast') return false
  return parsed instanceof ipaddr.IPv4 || parsed.match(GLOBAL_UNICAST)
}

/** The address that a URL's host is by itself, or `undefined` for a name. */
export function literalAddress(url: URL): string | undefined {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  return isIP(host) === 0 ? undefined : host
}

/**
 * A look-up for `http.request` that resolves once and hands over what the rule has seen, so that a name which
 * changes its answer (DNS rebinding) is connected to nothing else. One refused address refuses the name.
 *
 * Node asks no look-up for a host that is an address: check {@link literalAddress} as well.
 */
export function guardedLookup(resolve: Resolve, isAllowed: AddressRule): LookupFunction {
  return (host, options, callback) => {
    resolve(host).then(
      (addresses) => {
        const [first] = addresses
        if (first === undefined) return callback(new AddressError('unresolved'), '', 0)
        if (!addresses.every(isAllowed)) {
          return callback(new AddressError('address_refused'), '', 0)
        }
        if (options.all === true) {
          const all = addresses.map((address) => ({ address, family: isIP(address) }))
          return callback(null, all, 0)
        }
        return callback(null, first, isIP(first))
      },
      () => callback(new AddressError('unresolved'), '', 0),
    )
  }
}
