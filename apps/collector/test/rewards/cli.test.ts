import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ReadJson } from '../resources/programs.ts'
import { runCli } from '../run-cli.ts'
import { openTestCollector } from '../test-collector.ts'
import { RATE_30, World } from './world.ts'

const folder = mkdtempSync(join(tmpdir(), 'sentby-money-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function file(name: string, value: unknown): string {
  const path = join(folder, name)
  writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value))
  return path
}

describe('the command line of money', () => {
  let world: World
  let databaseUrl = ''
  beforeAll(async () => {
    world = new World(await openTestCollector('sqlite'))
    databaseUrl = world.collector.databaseUrl
    world.setClock('2026-03-11T00:00:00.000Z')
  })
  afterAll(() => world.collector.closeAll())

  async function sentby(args: string[], env: Record<string, string> = {}) {
    const told = await runCli([...args, '--json'], { DATABASE_URL: databaseUrl, ...env })
    return { ...told, json: (): ReadJson => JSON.parse(told.out) }
  }

  const set = (path: string, group = 'default') =>
    sentby(['terms', 'set', path, '--program', 'acme', '--group', group])

  test('terms set makes a version', async () => {
    const { code, json } = await set(file('terms.json', RATE_30))
    expect(code).toBe(0)
    expect(json()).toMatchObject({ group: 'default', version: 1, from: null })
  })

  test.each<[string, unknown, string]>([
    ['that contradict themselves', { trigger: 'every_sale' }, 'rate'],
    ['that are no JSON', '{', 'cannot be read'],
    ['that are a list', [], 'cannot be read'],
  ])('terms %s are wrong use', async (_, terms, told) => {
    const { code, err } = await set(file('bad.json', terms))
    expect([code, err]).toEqual([2, expect.stringContaining(told)])
  })

  test('a group that is not there fails', async () => {
    expect((await set(file('terms.json', RATE_30), 'nobody')).code).toBe(1)
  })

  test('jobs run does what is due at another time, only where the test clock is allowed', async () => {
    await world.group('auto', { ...RATE_30, holdDays: 30, review: 'auto' })
    await world.partner('CLI', 'auto')
    await world.credit('cus', 'CLI')
    await world.sale({ customer: 'cus', order: 'cli', at: '2026-03-01T00:00:00.000Z' })
    const asOf = ['jobs', 'run', '--as-of', '2026-03-31T00:00:00.000Z']
    expect((await sentby(asOf)).code).toBe(2)
    const env = { SENTBY_TEST_CLOCK: '1' }
    const first = await sentby(asOf, env)
    expect([first.code, first.json().rewards.approved]).toEqual([0, 1])
    expect((await sentby(asOf, env)).json().rewards.approved).toBe(0)
    expect((await world.saleOf('cli')).reward.status).toBe('approved')
  })

  test('check proves the money, and exits with 3 when a balance was changed by hand', async () => {
    const check = ['check', '--program', 'acme']
    const sound = await sentby(check)
    expect(sound.json().money).toMatchObject({ rewards: 1, waiting: 0, unlikeFacts: [] })
    expect(sound.code).toBe(0)
    const database = new Database(databaseUrl.slice('file:'.length))
    database.prepare('update balance set amount = amount + 1 where amount > 0').run()
    const broken = await sentby(check)
    expect(broken.code).toBe(3)
    expect(broken.json().money.balancesUnlikeLedger).toHaveLength(1)
    expect(broken.json().money.balancesUnlikeRewards).toHaveLength(1)
    database.prepare('update balance set amount = amount - 1 where amount > 0').run()
    database.prepare("update reward set amount = amount + 1 where entry = 'amount'").run()
    const wrong = (await sentby(check)).json().money
    expect(wrong.balancesUnlikeLedger).toEqual([])
    expect(wrong.balancesUnlikeRewards).toHaveLength(1)
    expect(wrong.withoutPostings).toHaveLength(1)
    database.prepare("update reward set amount = amount - 1 where entry = 'amount'").run()
    expect(() => database.prepare('delete from ledger_entry').run()).toThrow('append-only')
    database.close()
    expect((await sentby(check)).code).toBe(0)
  })
})
