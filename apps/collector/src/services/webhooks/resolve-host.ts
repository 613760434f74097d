/** Host names to addresses. */
import { lookup, Resolver } from 'node:dns/promises'
import type { Resolve } from './public-address.ts'

const QUERY_MS = 3000

/**
 * Asks the name servers themselves: the system's look-up has four threads for the whole process, and names that
 * hang would hold up every file and every other name.
 *
 * @param servers `address:port` of name servers; absent: those of the machine.
 */
export function publicResolver(servers?: readonly string[]): Resolve {
  const resolver = new Resolver({ timeout: QUERY_MS, tries: 2 })
  if (servers) resolver.setServers(servers)
  return async (host) => {
    const found = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)])
    return found.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
  }
}

/** Asks the system, which also knows the hosts file and the names of containers. */
export const systemResolver: Resolve = async (host) => {
  const found = await lookup(host, { all: true })
  return found.map(({ address }) => address)
}
