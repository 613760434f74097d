/** A stamp is a claim that its signature vouches for; what does not fit says why and credits nobody. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ENGINES } from '../test-collector.ts'
import { openWorld, verdictsOf, type World } from './world.ts'

const NOW = '2026-06-01T12:00:00.000Z'
const NOW_SECONDS = Date.parse(NOW) / 1000

describe.each(ENGINES)('stamps on %s', (engine) => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(engine)
  })
  afterAll(() => world.collector.closeAll())

  const sent = async (id: string, claims: { source: string; value: string }[], at = NOW) => {
    const event = { id, type: 'install', install: id, product: 'pbx', at, claims }
    const response = await world.collector.events([event])
    const { results } = (await response.json()) as { results: [Record<string, unknown>] }
    return results[0]
  }
  const stampClaim = (value: string) => [{ source: 'stamp', value }]
  const flipped = (token: string) =>
    token.slice(0, -1) + (token.endsWith('A') ? 'B' : token.endsWith('B') ? 'C' : 'A')

  const refused: [string, () => string, string][] = [
    ['a changed signature', () => flipped(world.stamp()), 'bad_stamp'],
    ['another code', () => world.stamp().replace('.JANE.', '.BOB.'), 'bad_stamp'],
    ['half a token', () => world.stamp().slice(0, 60), 'bad_stamp'],
    ['text', () => 'JANE', 'bad_stamp'],
    ['shell', () => '$(reboot)`id`;..//', 'bad_stamp'],
    ['an unknown key', () => world.stamp({ secret: 'x'.repeat(32) }), 'bad_stamp'],
    ["another program's key", () => world.stamp({ programId: 'prg_other' }), 'bad_stamp'],
    ['another product', () => world.stamp({ product: 'crm' }), 'foreign_product'],
    ['another program', () => world.stamp({ program: 'foreign' }), 'foreign_product'],
    ['an end that is now', () => world.stamp({ expiresSeconds: NOW_SECONDS }), 'expired'],
  ]

  test.each(refused)('%s is not creditable', async (title, make, reason) => {
    const id = `refused-${title.replace(/\W/g, '-')}`
    const result = await sent(id, stampClaim(make()))
    expect(result).toMatchObject({
      outcome: 'stored',
      verdict: { status: 'not_creditable', reason },
    })
    const { body } = await world.report({
      product: 'pbx',
      install: `${id}-2`,
      claim: `stamp:${make()}`,
    })
    expect(body).toMatchObject({ status: 'unattributed', reason: expect.any(String) })
    const { credited } = await world.credit(id)
    expect(credited).toBeNull()
    expect(await world.installation(id)).toMatchObject({ download: null, reason: 'no_evidence' })
  })

  test('one second before its end it counts, whenever the line arrives', async () => {
    const token = world.stamp({ expiresSeconds: NOW_SECONDS + 1 })
    expect(await sent('ends', stampClaim(token))).toMatchObject({ verdict: { code: 'JANE' } })
    expect(await world.credit('ends')).toMatchObject({ credited: { code: 'JANE' } })
  })

  test('a line break after the token is how it stands in its file', async () => {
    const value = `${world.stamp()}\n`
    expect(await sent('line', stampClaim(value))).toMatchObject({ verdict: { status: 'accepted' } })
  })

  test('a hint below a refused stamp still credits, and the answer tells of the stamp', async () => {
    const claims = [...stampClaim('?'), { source: 'filename', value: 'JANE' }]
    expect(await sent('hint', claims)).toMatchObject({
      verdict: { status: 'not_creditable', reason: 'bad_stamp' },
    })
    expect(verdictsOf(await world.credit('hint'))).toEqual(['hint JANE won'])
  })

  test('a download revoked before the installation is not creditable, one revoked later is', async () => {
    await world.revoke('dwn_lost', NOW)
    await world.revoke('dwn_late', '2026-06-01T12:00:00.001Z')
    const lost = stampClaim(world.stamp({ download: 'dwn_lost' }))
    expect(await sent('lost', lost)).toMatchObject({
      verdict: { status: 'not_creditable', reason: 'revoked', code: 'JANE' },
    })
    expect(verdictsOf(await world.credit('lost'))).toEqual(['stamp JANE revoked'])
    await sent('kept', stampClaim(world.stamp({ download: 'dwn_late' })))
    expect(verdictsOf(await world.credit('kept'))).toEqual(['stamp JANE won'])
  })

  test('a revocation moves installations that were decided before', async () => {
    await sent('before', stampClaim(world.stamp({ download: 'dwn_before' })))
    expect(await world.installation('before')).toMatchObject({ code: 'JANE' })
    await world.revoke('dwn_before', '2026-05-01T00:00:00.000Z')
    await world.collector.deps.directory.refresh()
    expect(await world.installation('before')).toMatchObject({
      partner: null,
      reason: 'all_struck',
      download: 'dwn_before',
    })
  })

  test('the same report again has the verdict of the first time', async () => {
    const token = world.stamp({ expiresSeconds: NOW_SECONDS + 10 })
    await sent('again', stampClaim(token))
    expect(await sent('again', stampClaim(token), '2026-06-01T13:00:00.000Z')).toMatchObject({
      outcome: 'duplicate',
      verdict: { status: 'accepted', code: 'JANE' },
    })
  })

  test('the log tells what a stamp held', async () => {
    await sent('logged', stampClaim(world.stamp()))
    const path = '/v1/events?type=install&limit=200'
    const { data } = (await (await world.collector.send('GET', path)).json()) as {
      data: { id: string; verdict: object }[]
    }
    expect(data.find(({ id }) => id === 'logged')?.verdict).toEqual({
      status: 'accepted',
      code: 'JANE',
    })
  })
})

describe('secrets of the environment', () => {
  const FIRST = 'first-secret-first-secret-first-secret'
  const SECOND = 'second-secret-second-secret-second-se'

  test('the first signs, and all of them verify beside that of the database', async () => {
    const world = await openWorld('sqlite', { env: { SENTBY_SECRET: `${FIRST},${SECOND}` } })
    const report = async (install: string, secret: string | undefined) => {
      const token = world.stamp(secret === undefined ? {} : { secret })
      return (await world.report({ product: 'pbx', install, claim: `stamp:${token}` })).body.status
    }
    expect(await report('by-first', undefined)).toBe('attributed')
    const { stampKeys } = await import('../../src/services/stamp-keys.ts')
    const { deps, program } = world.collector
    const config = deps.directory.program(program.id)
    if (!config) throw new Error('no program')
    const kids = stampKeys(deps.config, config).ring.map(({ kid }) => kid)
    const alone = stampKeys({ secrets: [] }, config)
    expect(new Set(kids).size).toBe(6)
    expect(kids.slice(-2)).toEqual(alone.ring.map(({ kid }) => kid))
    expect(stampKeys(deps.config, config).signing.kid).toBe(kids[0])
    expect(stampKeys({ secrets: [FIRST] }, config).signing.kid).toBe(kids[0])
    expect(stampKeys({ secrets: [SECOND] }, config).signing.kid).toBe(kids[2])
    await world.collector.closeAll()
  })
})
