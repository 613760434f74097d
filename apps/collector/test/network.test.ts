import { Hono } from 'hono'
import { expect, test } from 'vitest'
import { clientNetwork } from '../src/middleware/network.ts'

type Row = [
  socket: string,
  forwarded: string | undefined,
  trust: number | string[],
  network: string,
]

test.each<Row>([
  ['192.0.2.1', undefined, 0, '192.0.2.1'],
  ['192.0.2.1', '203.0.113.9', 0, '192.0.2.1'],
  ['10.0.0.1', '203.0.113.9', 1, '203.0.113.9'],
  ['10.0.0.1', '198.51.100.1, 203.0.113.9', 1, '203.0.113.9'],
  ['10.0.0.1', '198.51.100.1, 203.0.113.9', 2, '198.51.100.1'],
  ['10.0.0.1', '203.0.113.9', 5, '203.0.113.9'],
  ['10.0.0.1', '198.51.100.1, 203.0.113.9', ['10.0.0.0/8'], '203.0.113.9'],
  ['10.0.0.1', '198.51.100.1, 10.9.9.9', ['10.0.0.0/8'], '198.51.100.1'],
  ['203.0.113.9', '198.51.100.1', ['10.0.0.0/8'], '203.0.113.9'],
  ['10.0.0.1', '203.0.113.9:4711', 1, '203.0.113.9'],
  ['10.0.0.1', '[2001:db8:1:2:3::4]:4711', 1, '2001:db8:1:2::/64'],
  ['2001:db8:1:2:3::4', undefined, 0, '2001:db8:1:2::/64'],
  ['::ffff:192.0.2.1', undefined, 0, '192.0.2.1'],
  ['10.0.0.1', 'nonsense:x', 1, 'unknown'],
])(
  'a request of %s forwarded for %s behind %j comes from %s',
  async (socket, forwarded, trust, network) => {
    const app = new Hono()
    app.get('/', (c) => c.text(clientNetwork(c, trust)))
    const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }
    const env = { incoming: { socket: { remoteAddress: socket } } }
    expect(await (await app.request('/', { headers }, env)).text()).toBe(network)
  },
)
