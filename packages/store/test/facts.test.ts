import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { factKey } from '../src/hot-rows.ts'
import { factsById, factsPage } from '../src/queries/facts.ts'
import type { Store } from '../src/store-types.ts'
import { addProgram, ENGINES, factRow, NOW, openTestStore } from './test-store.ts'

describe.each(ENGINES)('facts on %s', (engine) => {
  let store: Store
  let close: () => Promise<void>
  beforeAll(async () => {
    ;({ store, close } = await openTestStore(engine))
    await addProgram(store, 'prg_1')
    await addProgram(store, 'prg_2')
  })
  afterAll(() => close())

  test('an id is taken once per program and trust, and for ever', async () => {
    const first = factRow('f1')
    const rows = [
      first,
      factRow('f1', { content: '{}' }),
      factRow('f1', { trust: 'secret' }),
      factRow('f1', { program_id: 'prg_2' }),
    ]
    const inserted = await store.transaction((tx) => tx.insertFacts(rows))
    expect(inserted).toEqual(new Set(['prg_1 open f1', 'prg_1 secret f1', 'prg_2 open f1']))
    expect((await store.transaction((tx) => tx.insertFacts([first]))).size).toBe(0)
    const found = await factsById(store.db, 'prg_1', [
      { trust: 'open', id: 'f1' },
      { trust: 'secret', id: 'f1' },
    ])
    expect(found.map((row) => factKey(row.program_id, row.trust, row.id)).sort()).toEqual([
      'prg_1 open f1',
      'prg_1 secret f1',
    ])
    expect(found.find((row) => row.trust === 'open')).toEqual(first)
  })

  test.each([
    ["update fact set content = '{}'"],
    ["update fact set received = '2000-01-01T00:00:00.000Z' where id = 'f1'"],
    ['delete from fact'],
    ["delete from fact where id = 'f1'"],
  ])('are append-only: %s is refused', async (statement) => {
    await store.transaction((tx) => tx.insertFacts([factRow('f1')]))
    await expect(sql.raw(statement).execute(store.db)).rejects.toThrow(/append-only/)
  })

  test('a transaction that fails leaves nothing', async () => {
    const failing = store.transaction(async (tx) => {
      await tx.insertFacts([factRow('gone')])
      throw new Error('later')
    })
    await expect(failing).rejects.toThrow('later')
    expect(await factsById(store.db, 'prg_1', [{ trust: 'open', id: 'gone' }])).toEqual([])
  })

  test('text comes back as it was, and numbers as numbers', async () => {
    const row = factRow('odd', {
      customer: "zoë 測試 😀 ' ; --",
      bot: 1,
      content: JSON.stringify({ amount: Number.MAX_SAFE_INTEGER }),
    })
    await store.transaction((tx) => tx.insertFacts([row]))
    expect(await factsById(store.db, 'prg_1', [{ trust: 'open', id: 'odd' }])).toEqual([row])
  })

  test('bytes decide the order on both engines', async () => {
    const ids = ['b', 'B', 'a', '_', '.', 'é'.normalize(), '10', '9']
    const rows = ids.map((id) => factRow(`o-${id}`, { type: 'cancel', visitor: null }))
    await store.transaction((tx) => tx.insertFacts(rows))
    const page = await factsPage(store.db, 'prg_1', {
      type: 'cancel',
      since: NOW,
      customer: undefined,
      after: undefined,
      limit: 100,
    })
    expect(page.map((row) => row.id)).toEqual(
      ids.map((id) => `o-${id}`).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
    )
  })

  test('pages neither repeat nor skip', async () => {
    const rows = Array.from({ length: 25 }, (_, n) =>
      factRow(`p-${n}`, { program_id: 'prg_2', received: `2026-11-22T10:00:0${n % 3}.000Z` }),
    )
    await store.transaction((tx) => tx.insertFacts(rows))
    const seen: string[] = []
    let after: { received: string; id: string } | undefined
    for (;;) {
      const filter = { type: undefined, since: undefined, customer: undefined, after, limit: 4 }
      const page = await factsPage(store.db, 'prg_2', filter)
      if (page.length === 0) break
      seen.push(...page.map((row) => row.id))
      after = page.at(-1)
    }
    expect(seen.filter((id) => id.startsWith('p-')).sort()).toEqual(
      rows.map((row) => row.id).sort(),
    )
  })

  test('click counts add up over commits', async () => {
    const count = { program_id: 'prg_1', code: 'JANE', day: '2026-11-22', class: 'counted' }
    const click = { program_id: 'prg_1', code: 'JANE', at: NOW, class: 'counted' as const }
    await store.storeClicks([{ ...click, id: 'clk_1' }], [{ ...count, clicks: 2 }])
    await store.storeClicks(
      [{ ...click, id: 'clk_2' }],
      [
        { ...count, clicks: 3 },
        { ...count, class: 'bot', clicks: 1 },
      ],
    )
    expect(await store.db.selectFrom('click').selectAll().execute()).toHaveLength(2)
    const rows = await store.db.selectFrom('click_count').select(['class', 'clicks']).execute()
    expect(rows).toEqual(
      expect.arrayContaining([
        { class: 'counted', clicks: 5 },
        { class: 'bot', clicks: 1 },
      ]),
    )
  })

  test('dated configuration is append-only too', async () => {
    await store.db
      .insertInto('policy')
      .values({ program_id: 'prg_1', version: 1, from_at: null, body: '{}', created_at: NOW })
      .execute()
    await expect(sql`update policy set body = '[]'`.execute(store.db)).rejects.toThrow(
      /append-only/,
    )
    await expect(sql`delete from policy`.execute(store.db)).rejects.toThrow(/append-only/)
  })
})
