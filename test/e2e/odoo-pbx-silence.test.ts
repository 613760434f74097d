/** Sites that stay silent: a claim carried out by hand, and installations that tell nobody anything. */
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { fileStore, offlineClaim, reportInstall, resolvePartner } from '@sentby/node/install'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  type BuildSettings,
  HERE,
  openPbxWorld,
  type Product,
  type World,
} from './odoo-pbx-world.ts'

/** A socket that listens, counts who comes and says nothing. */
async function listen(): Promise<{ server: Server; endpoint: string; connections(): number }> {
  let connections = 0
  const server = createServer((socket) => {
    connections += 1
    socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return { server, endpoint: `http://127.0.0.1:${port}`, connections: () => connections }
}

let world: World
let silent: Awaited<ReturnType<typeof listen>>
beforeAll(async () => {
  world = await openPbxWorld('sqlite', new Date().toISOString())
})
afterAll(() => world.close())
beforeEach(async () => {
  silent = await listen()
})
afterEach(async () => {
  await new Promise((resolve) => silent.server.close(resolve))
})

/** One installation of a product, built to tell the silent socket. */
async function installSilent(
  { kind, file }: Pick<Product, 'kind' | 'file'>,
  settings: BuildSettings,
  env: Record<string, string> = {},
) {
  await world.publish({ endpoint: silent.endpoint, ...settings })
  return world.machine(kind).install(await world.download(file, 'MAX'), { env })
}

/** The same with the Node client; its stamp is the one of a download. */
async function installWithNode(env: Record<string, string>, consent?: 'notice') {
  const claims = await claimsOfNode(env)
  const store = fileStore(join(world.folder(), 'sentby'))
  const told = { endpoint: silent.endpoint, key: world.publishableKey, product: 'pbx', store, env }
  const options = { ...told, version: '1.4.0', claims, notice: () => {} }
  const result = await reportInstall({ ...options, ...(consent ? { consent } : {}) })
  return { result, line: await offlineClaim(options) }
}

async function claimsOfNode(env: Record<string, string>) {
  const script = readFileSync(await world.download('pbx.sh', 'MAX'), 'utf8')
  const stamp = /^SENTBY_STAMP='(.+)'$/m.exec(script)?.[1] ?? ''
  const from = { product: 'pbx', argv: [], env: { ...env, SENTBY_STAMP: stamp } }
  return (await resolvePartner(from)).claims
}

describe('a site without internet', () => {
  const handIn = async (line: string) => {
    const { results } = await world.vendor.takeLines([line])
    return results[0] ?? { status: 'nothing' }
  }

  async function countsOnce(line: string) {
    const first = await handIn(line)
    expect(first).toMatchObject({ status: 'attributed', code: 'MAX' })
    expect(await handIn(line)).toMatchObject({ status: 'duplicate', install: first.install })
    const { credited, candidates } = await world.vendor.creditOf(first.install ?? '')
    expect(credited?.code).toBe('MAX')
    expect(candidates).toHaveLength(1)
  }

  test.each(HERE)(
    'the line of $client counts once, however often it is handed in',
    async (product) => {
      const { claimLine, lines } = await installSilent(product, {})
      expect(lines.join('\n')).toMatch(/partner: queued/)
      await countsOnce(claimLine ?? '')
    },
  )

  test('the line of Node counts once, however often it is handed in', async () => {
    const { result, line } = await installWithNode({}, 'notice')
    expect(result.status).toBe('queued')
    await countsOnce(line ?? '')
  })

  test('lines of many sites are handed in together, some of them twice', async () => {
    const lines: string[] = []
    for (const product of HERE) {
      lines.push((await installSilent(product, {})).claimLine ?? '')
    }
    const { results } = await world.vendor.takeLines([...lines, '', '# again', ...lines])
    const statuses = results.map(({ status }) => status)
    expect(statuses).toEqual([...lines.map(() => 'attributed'), ...lines.map(() => 'duplicate')])
  })
})

describe('nothing leaves the machine', () => {
  const silences: [string, BuildSettings, Record<string, string>, string][] = [
    ['without consent', { consent: '' }, {}, 'no_consent'],
    ['on a build service', {}, { CI: 'true' }, 'ci'],
    ['after none', {}, { SENTBY_PARTNER: 'none' }, 'declined'],
    ['with DO_NOT_TRACK', {}, { DO_NOT_TRACK: '1' }, 'do_not_track'],
  ]
  const rows = silences.flatMap(([title, settings, env, reason]) =>
    HERE.map((product) => [title, product.client, { product, settings, env, reason }] as const),
  )

  test.each(rows)('%s: %s opens no connection', async (_title, _client, row) => {
    const { lines } = await installSilent(row.product, row.settings, row.env)
    expect(lines.join('\n')).toContain(`partner: not_sent ${row.reason}`)
    expect(silent.connections()).toBe(0)
  })

  test.each(silences)('%s: Node opens no connection', async (_, settings, env, reason) => {
    const consent = settings.consent === '' ? undefined : 'notice'
    const { result } = await installWithNode(env, consent)
    expect(result).toMatchObject({ status: 'not_sent', reason })
    expect(silent.connections()).toBe(0)
  })

  test.each(HERE)('the socket would have seen it: $client with consent comes', async (product) => {
    await installSilent(product, {})
    expect(silent.connections()).toBeGreaterThan(0)
  })
})
