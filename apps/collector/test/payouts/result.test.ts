import type { ClosedAnswer, ResultAnswer } from '@sentby/contract'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readAmount, readResultFile } from '../../src/adapters/payouts/read-result.ts'
import { writePayoutFile } from '../../src/adapters/payouts/write-file.ts'
import { ENGINES } from '../test-collector.ts'
import { openWorld, type World } from './world.ts'

describe.each(ENGINES)('a result file on %s', (engine) => {
  let world: World
  let max: string
  let lea: string
  let batch: string
  /** The payouts of MAX (14.70) and LEA (1234.50). */
  let pay: { max: string; lea: string }

  beforeEach(async () => {
    world = await openWorld(engine)
    const paypal = (name: string) => ({ payout: { method: 'paypal', email: `${name}@pay.test` } })
    max = await world.partner('Max', paypal('max'))
    lea = await world.partner('Lea', paypal('lea'))
    await world.reward(max, 1470)
    await world.reward(lea, 123450)
    const { body } = await world.call<ClosedAnswer>('POST', '/v1/payouts', {})
    batch = body.batches[0]?.id ?? ''
    const idOf = (partner: string) => body.payouts.find((row) => row.partner === partner)?.id ?? ''
    pay = { max: idOf(max), lea: idOf(lea) }
  })

  afterEach(async () => {
    expect(await world.faults()).toEqual([])
    await world.close()
  })

  const take = (file: string, query = '') =>
    world.call<ResultAnswer>('POST', `/v1/payouts/batches/${batch}/result${query}`, file)
  const settled = async (partner: string) => (await world.balance(partner)) as { settled: number }[]

  const HEADER = 'payout,amount,currency,status,reference'
  test.each([
    ['it fits', (id: string) => `${id},14.70,EUR,Completed,PP-1`, 'done'],
    ['it fits, with a shorter amount', (id: string) => `${id},14.7,eur,SUCCESS,PP-1`, 'done'],
    ['the amount is one cent less', (id: string) => `${id},14.69,EUR,Completed,`, 'amount_differs'],
    ['the amount is one cent more', (id: string) => `${id},14.71,EUR,Completed,`, 'amount_differs'],
    ['the amount is negative', (id: string) => `${id},-14.70,EUR,Completed,`, 'unreadable'],
    ['the amount has a comma', (id: string) => `${id},"14,70",EUR,Completed,`, 'unreadable'],
    ['the amount is a float', (id: string) => `${id},1.47e1,EUR,Completed,`, 'unreadable'],
    ['the amount is a formula', (id: string) => `${id},=14.70,EUR,Completed,`, 'unreadable'],
    ['the amount is missing', (id: string) => `${id},,EUR,Completed,`, 'unreadable'],
    ['the row ends early', (id: string) => `${id}`, 'unreadable'],
    ['the currency is another', (id: string) => `${id},14.70,USD,Completed,`, 'currency_differs'],
    ['the id is foreign', () => 'pay_foreign,14.70,EUR,Completed,', 'not_found'],
    ['the id is a formula', () => '=1+1,14.70,EUR,Completed,', 'unreadable'],
    ['nobody knows the status', (id: string) => `${id},14.70,EUR,Perhaps,`, 'unknown_status'],
    ['the status is a formula', (id: string) => `${id},14.70,EUR,"=CMD()",`, 'unknown_status'],
    ['it failed', (id: string) => `${id},14.70,EUR,Denied,`, 'done', 'failed'],
    ['it came back', (id: string) => `${id},14.70,EUR,Returned,`, 'done', 'returned'],
    ['it is under way', (id: string) => `${id},14.70,EUR,Unclaimed,`, 'done', 'submitted'],
    ['our own file, not filled in', (id: string) => `${id},14.70,EUR,ready,`, 'same', 'ready'],
  ])('%s', async (_, rowOf, outcome, status = outcome === 'done' ? 'paid' : undefined) => {
    const { body } = await take(`${HEADER}\n${rowOf(pay.max)}\n`)
    expect(body.rows).toEqual([expect.objectContaining({ line: 2, outcome })])
    if (status) expect(body.rows[0]?.status).toBe(status)
    expect(await settled(max)).toEqual([
      expect.objectContaining({ settled: status === 'paid' ? 1470 : 0 }),
    ])
    // Nobody is paid whom the file does not name.
    expect(await settled(lea)).toEqual([expect.objectContaining({ settled: 0, reserved: 123450 })])
  })

  test('the same file again changes nothing more', async () => {
    const file = `${HEADER}\n${pay.max},14.70,EUR,Completed,PP-1\n${pay.lea},1234.50,EUR,Denied,\n`
    expect((await take(file)).body.rows.map((row) => row.outcome)).toEqual(['done', 'done'])
    const before = await world.balance(lea)
    const again = await take(file)
    expect(again.body.rows.map((row) => row.outcome)).toEqual(['same', 'same'])
    expect(again.body.unnamed).toBe(0)
    expect(await world.balance(lea)).toEqual(before)
    expect(await settled(max)).toEqual([expect.objectContaining({ settled: 1470 })])
  })

  test('a payout that is named twice counts once, and twice otherwise not at all', async () => {
    const paid = `${pay.max},14.70,EUR,Completed,`
    const twice = await take(
      `${HEADER}\n${paid}\n${paid}\n${pay.lea},1234.50,EUR,Completed,\n${pay.lea},1234.50,EUR,Denied,\n`,
    )
    expect(twice.body.rows.map((row) => row.outcome)).toEqual([
      'done',
      'same',
      'contradicts',
      'contradicts',
    ])
    expect(await settled(lea)).toEqual([expect.objectContaining({ settled: 0, reserved: 123450 })])
    expect(twice.body.unnamed).toBe(0)
  })

  test('what failed is not paid by an old file: it may stand in another payout by now', async () => {
    const why = { status: 'failed', reason: 'closed account' }
    await world.call('POST', `/v1/payouts/${pay.max}/mark`, why)
    const { body } = await take(`${HEADER}\n${pay.max},14.70,EUR,Completed,\n`)
    expect(body.rows).toEqual([
      expect.objectContaining({ outcome: 'not_allowed', status: 'failed' }),
    ])
    expect(await settled(max)).toEqual([expect.objectContaining({ approved: 1470, settled: 0 })])
  })

  test.each([
    ['a byte order mark and CRLF', (row: string[]) => `\uFEFF${HEADER}\r\n${row.join(',')}\r\n`],
    ['semicolons', (row: string[]) => `${HEADER.replaceAll(',', ';')}\n${row.join(';')}`],
    ['tabs', (row: string[]) => `${HEADER.replaceAll(',', '\t')}\n${row.join('\t')}\n`],
    ['quotes', (row: string[]) => `${HEADER}\n${row.map((cell) => `"${cell}"`).join(',')}\n`],
    [
      'lines before the header',
      (row: string[]) => `Report of 2026\nTotal,1\n\n${HEADER}\n${row.join(',')}\n`,
    ],
  ])('is read with %s', async (_, fileOf) => {
    const { status, body } = await take(fileOf([pay.max, '14.70', 'EUR', 'Completed', 'PP-1']))
    expect(status).toBe(200)
    expect(body.rows).toEqual([expect.objectContaining({ outcome: 'done', status: 'paid' })])
    expect(body.unnamed).toBe(1)
  })

  test('columns of other names are told in the query', async () => {
    const file = `Beleg,Betrag,Waehrung,Zustand\n${pay.max},14.70,EUR,paid\n`
    expect((await take(file)).status).toBe(422)
    const { body } = await take(file, '?id=Beleg&amount=Betrag&currency=Waehrung&status=Zustand')
    expect(body.rows).toEqual([expect.objectContaining({ outcome: 'done' })])
  })

  test.each([
    ['Währung', 'Beleg;Betrag;Währung;Zustand'],
    ['通貨', '支払;金額;通貨;状態'],
    ['Валюта', ';Номер;Сумма;Валюта;Статус'],
  ])('columns are named in any script, as %s', async (_, header) => {
    const names = header.split(';').filter((name) => name !== '')
    const query = ['id', 'amount', 'currency', 'status'].map(
      (column, index) => `${column}=${encodeURIComponent(names[index] ?? '')}`,
    )
    const empty = header.startsWith(';') ? ';' : ''
    const file = `${header}\n${empty}${pay.max};14.70;EUR;paid\n`
    const { body } = await take(file, `?${query.join('&')}`)
    expect(body.rows).toEqual([expect.objectContaining({ outcome: 'done' })])
  })

  test('a row is told by its line of the file, empty ones counted', () => {
    const file = `Report\r\n\r\n${HEADER}\r\n\r\npay_1,14.70,EUR,paid,\r\npay_2,1.00,EUR,paid,`
    expect(readResultFile(file)).toMatchObject([
      { payout: 'pay_1', line: 5 },
      { payout: 'pay_2', line: 6 },
    ])
  })

  test.each([
    ['nothing', ''],
    ['a header alone that lacks a column', 'payout,amount,status\n'],
    ['an open quote', `${HEADER}\n"pay_1,14.70,EUR,paid,`],
    ['a picture', '\u0089PNG\r\n\u001a\n\u0001\u0002'],
  ])('that is %s is refused whole', async (_, file) => {
    expect((await take(file)).status).toBe(422)
  })

  test('PayPal’s file has a line each and no header; filled in, our own is read back', async () => {
    const path = `/v1/payouts/batches/${batch}/file`
    const response = await world.collector.send('GET', path)
    expect(response.headers.get('content-disposition')).toContain('attachment')
    const lines = (await response.text()).trimEnd().split('\r\n')
    expect(new Set(lines)).toEqual(
      new Set([
        `max@pay.test,14.70,EUR,${pay.max},Acme: partner payout,PAYPAL`,
        `lea@pay.test,1234.50,EUR,${pay.lea},Acme: partner payout,PAYPAL`,
      ]),
    )
    const own = await (await world.collector.send('GET', `${path}?format=csv`)).text()
    const { body } = await take(own.replaceAll(',ready,,', ',paid,bank 1,'))
    expect(body.rows.map((row) => row.outcome)).toEqual(['done', 'done'])
    expect(body.batch).toMatchObject({ status: 'paid', amount: 124920, count: 2 })
    expect((await world.collector.send('GET', `${path}?format=wise`)).status).toBe(422)
  })
})

describe('a file to pay by', () => {
  const line = {
    id: 'pay_1',
    partner: 'ptr_1',
    name: '=HYPERLINK("http://evil.test")',
    amount: 1470,
    currency: 'EUR',
    kind: 'cash',
    status: 'ready',
    destination: { email: 'max@pay.test', name: '@SUM(A1)', details: '+49 "x", y\nz' },
  }

  test.each([
    ['csv', `"'=HYPERLINK(""http://evil.test"")"`],
    ['wise', `'@SUM(A1)`],
  ] as const)('%s holds no formula', (format, cell) => {
    expect(writePayoutFile(format, [line], '-note')).toContain(cell)
  })

  test('a destination that begins like a formula is quoted too', () => {
    const own = { ...line, destination: { details: '+49 "x", y\nz' } }
    expect(writePayoutFile('csv', [own], '')).toContain(`"'+49 ""x"", y\nz"`)
  })

  test.each([
    ['JPY', 500, '500'],
    ['EUR', 5, '0.05'],
    ['KWD', 1234, '1.234'],
  ])('amounts of %s have its decimals, and are read back the same', (currency, amount, text) => {
    const file = writePayoutFile('csv', [{ ...line, currency, amount }], '')
    const [row] = readResultFile(file) as { amount: string }[]
    expect(row?.amount).toBe(text)
    expect(readAmount(text, currency)).toBe(amount)
  })

  const HEADER = 'payout,amount,currency,status\n'
  test.each([
    ['a million rows', HEADER + 'a,1\n'.repeat(1_000_000), 'more than 10000 rows'],
    ['one row too many', `x\n${HEADER}${'a,1,EUR,paid\n'.repeat(10_001)}`, 'more than 10000 rows'],
    ['a line without an end', HEADER + ','.repeat(4_000_000), 'a line of more than'],
    ['a cell without an end', `${HEADER}"${'a\n'.repeat(2_000_000)}`, 'needs a header'],
  ])('of %s is told what is wrong before all of it is read', (_, file, told) => {
    expect(readResultFile(file)).toContain(told)
  })

  test('ten thousand rows are taken, with lines about the report before them', () => {
    const file = `${'report\n'.repeat(19)}${HEADER}${'a,1,EUR,paid\n'.repeat(10_000)}`
    expect(readResultFile(file)).toHaveLength(10_000)
  })

  test.each([
    ['1,234.50', 'EUR', 123450],
    ['1,234', 'KWD', 1234000],
    ['14.700', 'EUR', 1470],
    ['14.701', 'EUR', null],
    ['12,34', 'EUR', null],
    ['1.5', 'JPY', null],
    ['0', 'EUR', 0],
    ['', 'EUR', null],
    ['14.', 'EUR', null],
    ['.5', 'EUR', null],
    ['NaN', 'EUR', null],
    ['999999999999999', 'EUR', null],
    [' 14', 'EUR', null],
  ])('%j in %s is %j', (text, currency, amount) => {
    expect(readAmount(text, currency)).toBe(amount)
  })
})
