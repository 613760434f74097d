import { createServer, isIP, type Server } from 'node:net'
import ipaddr from 'ipaddr.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isPublicAddress } from '../../src/services/webhooks/public-address.ts'
import { publicResolver } from '../../src/services/webhooks/resolve-host.ts'
import { type SendOptions, send } from '../../src/services/webhooks/send.ts'
import { startNameServer } from './name-server.ts'

const PUBLIC = [
  '1.1.1.1',
  '8.8.8.8',
  '93.184.215.14',
  '100.63.255.255',
  '100.128.0.0',
  '172.15.255.255',
  '172.32.0.0',
  '223.255.255.255',
  '2606:4700:4700::1111',
  '2a00:1450:4001:82f::200e',
]

/** Every block of the IANA special-purpose registries for IPv4 and IPv6, as of 2025-10-09, and the multicast ones. */
const SPECIAL = [
  ...['0.0.0.0/8', '0.0.0.0/32', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16'],
  ...['172.16.0.0/12', '192.0.0.0/24', '192.0.0.0/29', '192.0.0.8/32', '192.0.0.9/32'],
  ...['192.0.0.10/32', '192.0.0.170/32', '192.0.0.171/32', '192.0.2.0/24', '192.31.196.0/24'],
  ...['192.52.193.0/24', '192.88.99.0/24', '192.88.99.2/32', '192.168.0.0/16', '192.175.48.0/24'],
  ...['198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'],
  ...['255.255.255.255/32', '::1/128', '::/128', '::ffff:0:0/96', '64:ff9b::/96', '64:ff9b:1::/48'],
  ...['100::/64', '100:0:0:1::/64', '2001::/23', '2001::/32', '2001:1::1/128', '2001:1::2/128'],
  ...['2001:1::3/128', '2001:2::/48', '2001:3::/32', '2001:4:112::/48', '2001:10::/28'],
  ...['2001:20::/28', '2001:30::/28', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48'],
  ...['3fff::/20', '5f00::/16', 'fc00::/7', 'fe80::/10', 'ff00::/8'],
]

const REFUSED = [
  ...SPECIAL.flatMap(edgesOf),
  ...['127.0.0.1', '127.255.255.254', '169.254.0.1', '169.254.169.254', '192.0.0.1', '192.0.2.1'],
  ...['192.88.99.1', '192.168.0.1', '198.18.0.1', '198.51.100.7', '203.0.113.9', '224.0.0.1'],
  ...['240.0.0.1', '::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:8.8.8.8', '::127.0.0.1'],
  ...['64:ff9b::7f00:1', '64:ff9b::808:808', '64:ff9b:1::a00:1', '100::1', '2001::1', '2001:2::1'],
  ...['2001:10::1', '2001:20::1', '2001:db8::1', '2002:7f00:1::', '2002:808:808::1', '3fff::1'],
  ...['5f00::1', 'fc00::1', 'fdff:ffff::1', 'fe80::1', 'fe80::1%lo', 'fec0::1', 'ff02::1'],
  ...['4000::1', '', 'localhost', '1.1.1', '2606:4700:4700::1111%eth0'],
]

/** The first and the last address of a block. */
function edgesOf(block: string): string[] {
  const { IPv4, IPv6 } = ipaddr
  const family = block.includes(':') ? IPv6 : IPv4
  return [family.networkAddressFromCIDR(block), family.broadcastAddressFromCIDR(block)].map(String)
}

test.each(PUBLIC)('%s is a public address', (address) => {
  expect(isPublicAddress(address)).toBe(true)
})

test.each(REFUSED)('%j is not a public address', (address) => {
  expect(isPublicAddress(address)).toBe(false)
})

describe('a webhook is connected to what was looked at, and to nothing else', () => {
  const servers: Server[] = []
  let port = 0
  let connections: string[] = []
  beforeAll(async () => {
    const listen = (host: string) =>
      new Promise<number>((resolve) => {
        const server = createServer((socket) => {
          connections.push(socket.localAddress ?? '')
          socket.on('error', () => {})
          socket.end('HTTP/1.1 204 No Content\r\n\r\n')
        })
        servers.push(server)
        server.listen(port, host, () => {
          const address = server.address()
          resolve(typeof address === 'object' && address ? address.port : 0)
        })
      })
    port = await listen('127.0.0.1')
    await listen('127.0.0.2')
  })
  afterAll(() => {
    for (const server of servers) server.close()
  })

  const options = (more: Partial<SendOptions> = {}): SendOptions => ({
    resolve: async () => [],
    isAllowed: isPublicAddress,
    allowsHttp: true,
    timeoutMs: 2000,
    signal: new AbortController().signal,
    ...more,
  })
  const literals = REFUSED.filter((address) => isIP(address) !== 0 && !address.includes('%')).map(
    (address) => (address.includes(':') ? `[${address}]` : address),
  )

  test.each(['http', 'https'])('no refused address is connected to over %s', async (scheme) => {
    connections = []
    expect(literals.length).toBeGreaterThan(40)
    for (const host of literals) {
      const { status, reason } = await send(`${scheme}://${host}:${port}/`, '{}', {}, options())
      expect([host, status, reason]).toEqual([host, null, 'address_refused'])
    }
    for (const address of REFUSED) {
      const resolve = async () => [address]
      const sent = await send(`${scheme}://hook.test:${port}/`, '{}', {}, options({ resolve }))
      expect([address, sent.reason]).toEqual([address, 'address_refused'])
    }
    expect(connections).toEqual([])
  })

  test('one refused address among public ones refuses the name', async () => {
    connections = []
    const resolve = async () => ['93.184.215.14', '127.0.0.1']
    const sent = await send(`http://hook.test:${port}/`, '{}', {}, options({ resolve }))
    expect([sent.reason, connections]).toEqual(['address_refused', []])
  })

  test('a name that changes its answer is resolved once an attempt, and what was seen is connected to', async () => {
    connections = []
    const names = await startNameServer(['127.0.0.2', '127.0.0.1', '127.0.0.2', '127.0.0.1'])
    // One loopback address stands for the public Internet here, the other for our inside.
    const rebinding = options({
      resolve: publicResolver([names.address]),
      isAllowed: (address) => address === '127.0.0.2',
    })
    const reasons = []
    for (let i = 0; i < 5; i++) {
      reasons.push((await send(`http://hook.test:${port}/`, '{}', {}, rebinding)).reason)
    }
    await names.close()
    expect(reasons).toEqual([null, 'address_refused', null, 'address_refused', 'unresolved'])
    expect(names.asked()).toBe(5)
    expect(connections).toEqual(['127.0.0.2', '127.0.0.2'])
  })

  test.each([
    ['a name without an address', async () => [], 'unresolved'],
    ['a name server that fails', () => Promise.reject(new Error('no')), 'unresolved'],
    ['a name server that never answers', () => new Promise<string[]>(() => {}), 'timed_out'],
  ])('%s is an outcome', async (_, resolve, reason) => {
    const sent = await send('http://hook.test/', '{}', {}, options({ resolve, timeoutMs: 100 }))
    expect(sent).toMatchObject({ status: null, reason })
  })

  test('http is refused where only https will do, before anything is looked up', async () => {
    let asked = 0
    const resolve = async () => [`127.0.0.${++asked}`]
    const strict = options({ resolve, allowsHttp: false })
    expect((await send(`http://hook.test:${port}/`, '{}', {}, strict)).reason).toBe('insecure_url')
    expect(asked).toBe(0)
  })

  test('a receiver that does not speak TLS is unreachable', async () => {
    const open = options({ isAllowed: () => true })
    expect(await send(`https://127.0.0.1:${port}/`, '{}', {}, open)).toMatchObject({
      status: null,
      reason: 'unreachable',
    })
  })
})
