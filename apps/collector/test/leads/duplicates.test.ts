import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { companyDomain, companyName } from '../../src/services/leads/shared-keys.ts'
import { addProgram, call } from '../resources/programs.ts'
import { ENGINES, openTestCollector } from '../test-collector.ts'
import { LeadWorld } from './world.ts'

describe.each(ENGINES)('duplicates and lists of leads on %s', (engine) => {
  let world: LeadWorld
  beforeAll(async () => {
    world = await new LeadWorld(await openTestCollector(engine)).open()
  })
  afterAll(() => world.collector.closeAll())

  const by = async (lead: string) =>
    (await world.lead(lead)).duplicates.map((one: { lead: string; by: string[] }) => [
      one.lead,
      ...one.by,
    ])

  test('the vendor sees that two partners filed one person; whoever files it is told nothing', async () => {
    const first = await world.submit({ lead: 'd1', email: 'Lea@Dup.test' })
    const second = await world.submit({ lead: 'd2', code: 'BEN', email: 'lea+2@dup.test' })
    expect(Object.keys(second.body)).toEqual(Object.keys(first.body))
    expect(second.body).toMatchObject({ ...first.body, ...SAME_BUT, id: 'd2' })
    expect(JSON.stringify(second.body)).not.toMatch(/duplicate|ANN|d1/)
    expect(await by('d1')).toEqual([['d2', 'email', 'domain']])
    expect((await world.lead('d2')).duplicates).toEqual([
      {
        lead: 'd1',
        by: ['email', 'domain'],
        status: 'new',
        partner: { id: world.ann, name: 'ANN' },
        submittedAt: first.body.submittedAt,
      },
    ])
  })

  test.each([
    ['one mailbox', ['a.b@gmail.com', 'AB+x@googlemail.com'], [], ['email']],
    ['one domain', ['a@dom1.test', 'b@DOM1.test'], [], ['domain']],
    ['public mailboxes', ['a@gmail.com', 'b@gmail.com'], [], null],
    [
      'a name of a company',
      ['c@gmail.com', 'd@gmail.com'],
      ['Öko-Bau  GmbH', 'ÖKO BAU gmbh'],
      ['company'],
    ],
    ['companies of one start', ['e@gmail.com', 'f@gmail.com'], ['Acme', 'Acme Two'], null],
    ['a domain and its part', ['g@part.test', 'h@mail.part.test'], [], null],
    ['names without a letter', ['i@gmail.com', 'j@gmail.com'], ['–', '–'], null],
  ])('leads of %s', async (name, [one, other], companies, expected) => {
    const id = name.replaceAll(' ', '-')
    const company = (n: number) => (companies[n] === undefined ? {} : { company: companies[n] })
    await world.submit({ lead: `${id}-1`, email: one, ...company(0) })
    await world.submit({ lead: `${id}-2`, code: 'BEN', email: other, ...company(1) })
    const between = (await by(`${id}-1`)).filter(([lead]: string[]) => lead === `${id}-2`)
    expect(between).toEqual(expected === null ? [] : [[`${id}-2`, ...expected]])
  })

  test('what a later fact of the lead says makes it a duplicate', async () => {
    await world.submit({ lead: 'l1', email: 'a@later1.test' })
    await world.submit({ lead: 'l2', email: 'a@later2.test' })
    expect(await world.lead('l1')).toMatchObject({ duplicate: false })
    await world.tell({ type: 'lead', lead: 'l2', email: 'a@later1.test' })
    expect(await by('l1')).toEqual([['l2', 'email', 'domain']])
  })

  test('another program’s lead of the same person is none', async () => {
    const other = await addProgram(world.collector, `dup-${engine}`)
    const { secretKey } = other
    const partner = { email: 'x@x.test', name: 'X', code: 'XAV' }
    await call(world.collector, 'POST', '/v1/partners', partner, secretKey)
    const lead = { lead: 'p', name: 'Lea', email: 'a@programs.test' }
    await call(world.collector, 'POST', '/v1/leads', { ...lead, code: 'XAV' }, secretKey)
    await world.submit(lead)
    expect(await by('p')).toEqual([])
    const told = await call(world.collector, 'GET', '/v1/leads/p', undefined, secretKey)
    expect(told.body).toMatchObject({ code: 'XAV', duplicates: [] })
  })

  test('a list is narrowed to a status, a partner and duplicates, the newest first, page by page', async () => {
    const code = `${engine.toUpperCase()}LIST`
    const lister = await world.partner(code, 'partners')
    await call(world.collector, 'POST', `/v1/partners/${lister}/codes`, { code: `${code}2` })
    const lead = (n: number) => ({
      lead: `n${n}`,
      code: n % 2 ? code : `${code}2`,
      email: n === 2 || n === 5 ? 'both@list.test' : `x@list${n}.test`,
    })
    for (const n of [1, 2, 3]) {
      world.setClock(`2030-01-0${n}T00:00:00.000Z`)
      await world.submit(lead(n))
    }
    // Two of one commit, whose receipts are equal.
    await world.tell(...[5, 4].map((n) => ({ type: 'lead', ...lead(n) })))
    await world.decide('n1', 'accept')
    await world.decide('n2', 'decline', { reason: 'no' })
    const own = (query: string) => world.list(`partner=${lister}&${query}`)
    expect(await own('')).toEqual(['n5', 'n4', 'n3', 'n2', 'n1'])
    expect(await own('status=new')).toEqual(['n5', 'n4', 'n3'])
    expect(await own('status=accepted')).toEqual(['n1'])
    expect(await own('duplicate=true')).toEqual(['n5', 'n2'])
    expect(await own('duplicate=false')).toEqual(['n4', 'n3', 'n1'])
    expect(await own('status=new&duplicate=true')).toEqual(['n5'])
    expect(await world.list('partner=ptr_nobody')).toEqual([])
    expect(await world.list('status=declined')).toEqual(['n2'])
    expect((await pagesOf(`partner=${lister}&limit=2`)).flat()).toEqual([
      ...['n5', 'n4', 'n3', 'n2', 'n1'],
    ])
  })

  test('rare duplicates among thousands are all found, in pages that look through a part each', async () => {
    const rare = await world.partner(`RARE${engine.toUpperCase()}`, 'partners')
    const code = `RARE${engine.toUpperCase()}`
    const file = (n: number, email: string) => ({ type: 'lead', lead: `rare${n}`, code, email })
    await world.tell(file(0, 'a@rare.test'))
    for (let from = 1; from < 2500; from += 500) {
      const some = Array.from({ length: 500 }, (_, n) => file(from + n, `a@rare${from + n}.test`))
      await world.tell(...some)
    }
    await world.tell(file(9999, 'b@rare.test'))
    const pages = await pagesOf(`partner=${rare}&duplicate=true`)
    expect(pages).toEqual([['rare9999'], ['rare0']])
    const others = await pagesOf(`partner=${rare}&duplicate=false&limit=200`)
    expect(new Set(others.flat()).size).toBe(2500)
    expect(others.flat()).toHaveLength(2500)
  })

  async function pagesOf(query: string): Promise<string[][]> {
    const pages: string[][] = []
    let cursor = ''
    do {
      const page = await world.ok('GET', `/v1/leads?${query}${cursor}`)
      pages.push(page.data.map(({ id }: { id: string }) => id))
      cursor = page.next === null ? '' : `&cursor=${page.next}`
    } while (cursor !== '')
    return pages
  }
})

const SAME_BUT = {
  partner: expect.anything(),
  code: 'BEN',
  email: 'lea+2@dup.test',
  submittedAt: expect.any(String),
}

test.each([
  ['a@acme.test', 'acme.test'],
  ['a@ACME.test.', 'acme.test'],
  ['a@mail.acme.test', 'mail.acme.test'],
  ['a@gmail.com', null],
  ['a@googlemail.com', null],
  ['a@yahoo.co.uk', null],
  ['a@hotmail.fr', null],
  ['a@outlook.com', null],
  ['a@yahoo.acme.test', 'yahoo.acme.test'],
  ['a@myyahoo.com', 'myyahoo.com'],
])('the company of the mailbox %s is %s', (email, domain) => {
  expect(companyDomain(email)).toBe(domain)
})

test.each([
  ['Acme, Inc.', 'acmeinc'],
  ['  ACME inc', 'acmeinc'],
  ['Ａｃｍｅ 7', 'acme7'],
  ['株式会社', '株式会社'],
  ['--', null],
])('the company name %j is compared as %s', (text, name) => {
  expect(companyName(text)).toBe(name)
})
