/** Installations report themselves: counted once each, credited by their claims (RULES E9, CONTRACT §4.2). */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLimits } from '../../src/services/limits.ts'
import { ENGINES } from '../test-collector.ts'
import { call, openWorld, verdictsOf, type World } from './world.ts'

describe.each(ENGINES)('reports of installations on %s', (engine) => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(engine)
  })
  afterAll(() => world.collector.closeAll())

  const list = async (query: string) =>
    (await call(world.collector, 'GET', `/v1/installations?${query}`)).body.data
  const report = (install: string, more: Parameters<World['report']>[0] = {}) =>
    world.report({ product: 'pbx', install, ...more })

  test('one download installed on five machines is five installations, each once', async () => {
    const claim = `stamp:${world.stamp({ download: 'dwn_five' })}`
    for (let n = 0; n < 5; n++) {
      const { status, body } = await report(`five-${n}`, { claim })
      expect(status).toBe(200)
      expect(body).toEqual({
        status: 'attributed',
        code: 'JANE',
        partner: { name: 'JANE Ltd' },
        receipt: expect.stringMatching(/^1\.[\w-]{22}$/),
      })
      expect((await report(`five-${n}`, { claim })).body).toMatchObject({ status: 'duplicate' })
    }
    const found = await list('download=dwn_five')
    expect(found.map(({ id }: { id: string }) => id).sort()).toEqual(
      [0, 1, 2, 3, 4].map((n) => `five-${n}`),
    )
    expect(found[0]).toMatchObject({
      product: 'pbx',
      partner: { id: world.partners.JANE, name: 'JANE Ltd' },
      code: 'JANE',
      download: 'dwn_five',
      counted: true,
      conflict: false,
    })
  })

  test('the same report a hundred times at once is one', async () => {
    const others = engine === 'postgres' ? [await world.collector.another()] : []
    const apps = [world.collector, ...others].map(({ app }) => app)
    const body = new URLSearchParams([
      ['key', world.collector.program.publishableKey],
      ['product', 'pbx'],
      ['install', 'hundred'],
      ['version', '1.0'],
      ['claim', `stamp:${world.stamp()}`],
      ['claim', 'filename:BOB'],
    ]).toString()
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const told = await Promise.all(
      Array.from({ length: 100 }, async (_, n) => {
        const app = apps[n % apps.length] ?? world.collector.app
        const response = await app.request('/v1/installs', { method: 'POST', headers, body })
        return (await response.json()) as { status: string; code?: string }
      }),
    )
    const count = (status: string) => told.filter((one) => one.status === status).length
    expect([count('attributed'), count('duplicate')]).toEqual([1, 99])
    expect(told.every(({ code }) => code === 'JANE')).toBe(true)
    expect(await world.facts('hundred')).toBe(1)
  })

  test('a typed code beats the stamp, which stays as outranked', async () => {
    const claim = [`stamp:${world.stamp()}`, 'flag:bob']
    const { body } = await report('typed', { claim })
    expect(body).toMatchObject({ status: 'attributed', code: 'BOB' })
    expect(body.partner, 'BOB shows no name').toBeUndefined()
    const credit = await world.credit('typed')
    expect(verdictsOf(credit)).toEqual(['typed BOB won', 'stamp JANE outranked'])
    expect(credit).toMatchObject({ installation: 'typed', provisional: null, conflict: true })
    const inConflict = await list('conflict=true&limit=200')
    expect(inConflict.map(({ id }: { id: string }) => id)).toContain('typed')
  })

  test('an upgrade with another stamp keeps the partner, and is told of the conflict', async () => {
    await report('upgrade', { version: '1.0', claim: `stamp:${world.stamp()}` })
    const later = `stamp:${world.stamp({ code: 'BOB', download: 'dwn_2' })}`
    const { body } = await report('upgrade', { version: '2.0', claim: later })
    expect(body).toEqual({ status: 'conflict', receipt: expect.any(String) })
    expect(await world.installation('upgrade')).toMatchObject({
      version: '2.0',
      code: 'JANE',
      download: 'dwn_1',
      conflict: true,
    })
    expect(verdictsOf(await world.credit('upgrade'))).toEqual([
      'stamp BOB after_anchor',
      'stamp JANE won',
    ])
  })

  test('an upgrade without any claim is attributed to whom it was', async () => {
    await report('plain-upgrade', { version: '1.0', claim: 'env:JANE' })
    const { body } = await report('plain-upgrade', { version: '2.0' })
    expect(body).toMatchObject({ status: 'attributed', code: 'JANE' })
  })

  test('an explicit none ends the search, stamps included', async () => {
    const { body } = await report('none', { claim: ['flag:none', `stamp:${world.stamp()}`] })
    expect(body).toMatchObject({ status: 'unattributed', reason: 'no_evidence' })
    expect(await world.installation('none')).toMatchObject({ partner: null, download: null })
  })

  test('nothing said is nobody credited', async () => {
    const { body } = await report('silent')
    expect(body).toMatchObject({ status: 'unattributed', reason: 'no_evidence' })
  })

  test('an unknown code says so, and credits its partner once it is made', async () => {
    const { body } = await report('early', { claim: 'env:LATER' })
    expect(body).toMatchObject({ status: 'unknown_code', code: 'LATER' })
    const codes = `/v1/partners/${world.partners.BOB}/codes`
    await call(world.collector, 'POST', codes, { code: 'LATER' })
    expect(await world.installation('early')).toMatchObject({ code: 'LATER' })
    expect((await report('early', { claim: 'env:LATER' })).body).toMatchObject({
      status: 'duplicate',
      code: 'LATER',
    })
  })

  test('a visit of the browser that an installation names credits it, and moves it when it comes later', async () => {
    const { publishableKey } = world.collector.program
    const visit = { id: 'v-a', type: 'visit', visitor: 'web-1', code: 'JANE' }
    await world.collector.events([visit], publishableKey)
    const { body } = await report('browser', { visitor: 'web-1' })
    expect(body).toMatchObject({ status: 'attributed', code: 'JANE' })
    const at = new Date(Date.now() - 60_000).toISOString()
    const before = { id: 'v-b', type: 'visit', visitor: 'web-2', code: 'BOB', at }
    await report('browser-late', { visitor: 'web-2' })
    expect(await world.installation('browser-late')).toMatchObject({ partner: null })
    await world.collector.events([before], publishableKey)
    expect(await world.installation('browser-late')).toMatchObject({ code: 'BOB' })
  })

  test('copies and ephemeral installations are kept apart and not counted', async () => {
    await report('original', { claim: 'env:JANE' })
    await report('copy', { claim: 'env:JANE', parent: 'original' })
    await report('ci', { claim: 'env:JANE', ephemeral: 'true' })
    const [copy, ci] = [await world.installation('copy'), await world.installation('ci')]
    expect(copy).toMatchObject({ copyOf: 'original', counted: false, code: 'JANE' })
    expect(ci).toMatchObject({ ephemeral: true, counted: false })
    const ids = (rows: { id: string }[]) => rows.map(({ id }) => id)
    expect(ids(await list('copies=true'))).toEqual(['copy'])
    expect(ids(await list('copies=false&limit=200'))).not.toContain('copy')
  })

  test('a later report cannot make an installation a copy', async () => {
    await report('mine', { claim: 'env:JANE' })
    world.setClock(new Date(Date.now() + 2 * 3_600_000).toISOString())
    await report('mine', { claim: 'env:JANE', parent: 'somebody', ephemeral: '1' })
    world.setClock(new Date().toISOString())
    expect(await world.installation('mine')).toMatchObject({ copyOf: null, ephemeral: false })
  })

  test('a sale that names an installation is credited through its stamp', async () => {
    await report('sold', { claim: `stamp:${world.stamp()}` })
    const sale = { customer: 'cus_sold', order: 'o-sold', amount: 4900, currency: 'EUR' }
    await world.collector.events([{ id: 'sale-1', type: 'sale', install: 'sold', ...sale }])
    const credit = (await call(world.collector, 'GET', '/v1/customers/cus_sold/credit')).body
    expect(credit).toMatchObject({ credited: { code: 'JANE' }, provisional: null })
    expect(credit.candidates[0]).toMatchObject({ kind: 'stamp', carrier: 'install:sold' })
  })

  test('a secret key reports as the vendor does, at any time it says', async () => {
    const at = '2025-01-01T00:00:00.000Z'
    const { secretKey } = world.collector.program
    await world.report({ product: 'pbx', install: 'old', at, claim: 'env:JANE' }, secretKey)
    expect(await world.installation('old')).toMatchObject({ anchor: at })
  })

  test('deciding by the job, reading and replaying give the same', async () => {
    const { replay } = await import('../../src/services/replay.ts')
    const { deps, program } = world.collector
    await deps.directory.refresh()
    const config = deps.directory.program(program.id)
    if (!config) throw new Error('no program')
    const { differences, installationDifferences, installations } = await replay(
      deps.store.db,
      config,
    )
    expect({ differences, installationDifferences }).toEqual({
      differences: [],
      installationDifferences: [],
    })
    expect(installations).toBeGreaterThan(10)
  })
})

describe('guesses', () => {
  let world: World
  beforeAll(async () => {
    const rates = { misses: { points: 3, duration: 600 } }
    world = await openWorld('sqlite', { limits: createLimits(rates) })
  })
  afterAll(() => world.collector.closeAll())

  test('every unknown code of a report is a miss, and past them nothing is told', async () => {
    const report = (install: string, claim: string[]) =>
      world.report({ product: 'pbx', install, claim })
    const guesses = ['flag:AA1', 'env:AA2', 'config:JANE']
    expect((await report('g1', guesses)).body).toMatchObject({ status: 'unknown_code' })
    expect((await report('g2', ['flag:AA3'])).body).toMatchObject({ status: 'unknown_code' })
    expect((await report('g3', ['flag:JANE'])).body).toMatchObject({
      status: 'unattributed',
      reason: 'deferred',
    })
    expect((await report('g1', [])).body, 'asked without a code').toMatchObject({
      status: 'unattributed',
      reason: 'deferred',
    })
    expect(await world.installation('g3'), 'stored all the same').toMatchObject({ code: 'JANE' })
  })
})
