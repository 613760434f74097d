/** A copy shows a receipt whose successor was shown already; a lost answer does not make a copy. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ENGINES } from '../test-collector.ts'
import { openWorld, type World } from './world.ts'

describe.each(ENGINES)('receipts on %s', (engine) => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(engine)
  })
  afterAll(() => world.collector.closeAll())

  /** Reports as the next version, so that each is a new fact. */
  let version = 0
  const report = async (install: string, receipt?: string, more: Record<string, string> = {}) => {
    version++
    const fields = { product: 'pbx', install, version: `1.${version}`, claim: 'env:JANE', ...more }
    const { body } = await world.report(receipt === undefined ? fields : { ...fields, receipt })
    return body as { status: string; receipt?: string }
  }

  test('a cloned machine is told so, stores nothing, and becomes an installation of its own', async () => {
    const first = await report('machine')
    const second = await report('machine', first.receipt)
    const third = await report('machine', second.receipt)
    expect([first, second, third].map(({ receipt }) => receipt?.split('.')[0])).toEqual([
      '1',
      '2',
      '3',
    ])
    const facts = await world.facts('machine')
    expect(await report('machine', first.receipt)).toEqual({ status: 'cloned' })
    expect(await world.facts('machine'), 'nothing stored').toBe(facts)
    const own = await report('machine-b', undefined, { parent: 'machine' })
    expect(own).toMatchObject({ status: 'attributed' })
    expect(await world.installation('machine-b')).toMatchObject({
      copyOf: 'machine',
      counted: false,
    })
    expect(await report('machine', third.receipt)).toMatchObject({ status: 'attributed' })
  })

  test('whoever lost the answer shows the same receipt again', async () => {
    const first = await report('lossy')
    const second = await report('lossy', first.receipt)
    expect((await report('lossy', first.receipt)).receipt).toBe(second.receipt)
    expect((await report('lossy')).receipt, 'without any').toBe(second.receipt)
  })

  test.each([
    ['text', 'hello'],
    ['zero', `0.${'A'.repeat(22)}`],
    ['a made up mac', `9.${'A'.repeat(22)}`],
    ['a number past all', `9999999999.${'A'.repeat(22)}`],
  ])('%s is no receipt, and no error', async (name, receipt) => {
    const install = `bad-${name.replace(/\W/g, '-')}`
    expect((await report(install, receipt)).receipt).toMatch(/^1\./)
  })

  test('the receipt of another installation or product is none', async () => {
    const { receipt = '' } = await report('theirs')
    const more = await report('theirs', receipt)
    expect(more.receipt).toMatch(/^2\./)
    expect((await report('ours', more.receipt)).receipt).toMatch(/^1\./)
    expect((await report('theirs', more.receipt, { product: 'crm' })).receipt).toMatch(/^2\./)
  })

  test('fifty copies that show one receipt at once never end with an earlier one', async () => {
    const { receipt } = await report('many')
    const told = await Promise.all(Array.from({ length: 50 }, () => report('many', receipt)))
    expect(new Set(told.map((one) => one.receipt)).size).toBe(1)
    const next = await report('many', told[0]?.receipt)
    expect(next.receipt).toMatch(/^3\./)
  })
})
