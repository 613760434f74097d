/** A code entered after the installation fills a gap within `lateClaimDays`, the last millisecond included. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ENGINES } from '../test-collector.ts'
import { openWorld, verdictsOf, type World } from './world.ts'

const ANCHOR = '2026-01-01T00:00:00.000Z'
const after = (days: number, ms = 0) =>
  new Date(Date.parse(ANCHOR) + days * 86_400_000 + ms).toISOString()

describe.each(ENGINES)('late codes on %s', (engine) => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(engine)
  })
  afterAll(() => world.collector.closeAll())

  const installed = (install: string, more: Record<string, string> = {}) =>
    world.report(
      { product: 'pbx', install, at: ANCHOR, ...more },
      world.collector.program.secretKey,
    )
  const codeAt = (id: string, install: string, code: string, at: string) =>
    world.collector.events([{ id, type: 'code', install, code, at }])

  test.each([
    ['at the anchor', after(0), 'typed JANE won'],
    ['a millisecond after the anchor', after(0, 1), 'typed JANE won'],
    ['a millisecond inside', after(30, -1), 'typed JANE won'],
    ['at the very end', after(30), 'typed JANE won'],
    ['a millisecond past the end', after(30, 1), 'typed JANE lapsed'],
  ])('%s', async (title, at, verdict) => {
    const install = `edge-${title.replace(/\W/g, '-')}`
    await installed(install)
    await codeAt(`code-${install}`, install, 'JANE', at)
    expect(verdictsOf(await world.credit(install))).toEqual([verdict])
  })

  test('of two late codes the first wins, whichever arrives first', async () => {
    await installed('two')
    await codeAt('two-b', 'two', 'BOB', after(3))
    await codeAt('two-a', 'two', 'JANE', after(2))
    expect(verdictsOf(await world.credit('two'))).toEqual(['typed BOB outranked', 'typed JANE won'])
  })

  test('where somebody is credited a late code changes nothing', async () => {
    await installed('taken', { claim: 'filename:BOB' })
    await codeAt('taken-a', 'taken', 'JANE', after(1))
    expect(verdictsOf(await world.credit('taken'))).toEqual([
      'typed JANE after_anchor',
      'hint BOB won',
    ])
  })

  test('the claim route tells each of these', async () => {
    const now = Date.now()
    const at = (days: number) => new Date(now - days * 86_400_000).toISOString()
    const { secretKey } = world.collector.program
    const fresh = { product: 'pbx', at: at(10) }
    await world.report({ ...fresh, install: 'gap' }, secretKey)
    await world.report({ ...fresh, install: 'gap', version: '2' }, secretKey)
    const old = { product: 'pbx', install: 'ancient', at: at(31) }
    await world.report(old, secretKey)

    const attributed = { status: 'attributed', code: 'JANE', partner: { name: 'JANE Ltd' } }
    expect((await world.claim('gap', ' ja-ne ')).body).toEqual(attributed)
    expect((await world.claim('gap', 'JANE')).body, 'again').toEqual(attributed)
    expect((await world.claim('gap', 'BOB')).body).toEqual({ status: 'conflict' })
    expect((await world.claim('gap', 'NOBODY')).body).toEqual({
      status: 'unknown_code',
      code: 'NOBODY',
    })
    expect((await world.claim('ancient', 'JANE')).body).toEqual({
      status: 'unattributed',
      code: 'JANE',
      reason: 'lapsed',
    })
    expect(await world.claim('never-seen', 'JANE')).toMatchObject({
      status: 404,
      body: { code: 'not_found' },
    })
    expect(await world.claim('gap', '?!')).toMatchObject({
      status: 422,
      body: { code: 'invalid_request', errors: [{ pointer: '/code' }] },
    })
  })

  test('the same code a hundred times at once is one fact', async () => {
    await installed('clicks', { at: new Date().toISOString() })
    const before = await world.facts('clicks')
    const told = await Promise.all(Array.from({ length: 100 }, () => world.claim('clicks', 'BOB')))
    expect(told.every(({ body }) => body.code === 'BOB')).toBe(true)
    expect(await world.facts('clicks')).toBe(before + 1)
  })
})
