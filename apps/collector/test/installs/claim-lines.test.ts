/** Claim lines: the exact grammar of docs/claim-line.md, each line once, a bad one spoils no other. */
import { LIMITS } from '@sentby/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { adler32, findLines, readLine } from '../../src/services/installs/claim-line.ts'
import { createLimits } from '../../src/services/limits.ts'
import { ENGINES } from '../test-collector.ts'
import { lineOf, openWorld, type World } from './world.ts'

const AT = ['at', '2026-11-22T10:00:00.000Z'] as const
const PRODUCT = ['product', 'pbx'] as const
const INSTALL = ['install', 'i-1'] as const
const GOOD = lineOf([PRODUCT, INSTALL, ['version', '1.4.0'], AT, ['claim', 'env:JANE']])

/** A line whose check fits whatever stands before it. */
function checked(body: string): string {
  return `${body}&check=${adler32(Buffer.from(body))}`
}

describe('reading a claim line', () => {
  test('Adler-32 is that of RFC 1950', () => {
    expect(adler32(Buffer.from('Wikipedia'))).toBe('11e60398')
    expect(adler32(Buffer.alloc(0))).toBe('00000001')
  })

  test('every field arrives as it was', () => {
    const line = lineOf([
      ['product', 'Größe & mehr=1'],
      ['install', 'a.b:c_d-e'],
      ['version', '1.0 beta+2'],
      ['parent', 'old'],
      AT,
      ['claim', 'flag:JANE'],
      ['claim', 'filename:x&y.zip'],
    ])
    expect(readLine(line)).toEqual({
      fields: {
        product: 'Größe & mehr=1',
        install: 'a.b:c_d-e',
        version: '1.0 beta+2',
        parent: 'old',
        at: AT[1],
        claims: ['flag:JANE', 'filename:x&y.zip'],
      },
    })
  })

  const claims = (count: number) =>
    lineOf([
      PRODUCT,
      INSTALL,
      AT,
      ...Array.from({ length: count }, () => ['claim', 'env:JANE'] as const),
    ])
  const long = (bytes: number) => {
    const empty = lineOf([PRODUCT, INSTALL, ['version', 'v'], AT]).length
    return lineOf([PRODUCT, INSTALL, ['version', 'v'.repeat(bytes - empty + 1)], AT])
  }

  test.each([
    ['no claim at all', claims(0)],
    ['as many claims as an event takes', claims(LIMITS.installClaims)],
    ['as many bytes as a line has', long(LIMITS.claimLineBytes)],
  ])('%s is fine', (_title, line) => {
    expect(readLine(line)).toHaveProperty('fields')
  })

  test.each([
    ['one claim too many', claims(LIMITS.installClaims + 1)],
    ['one byte too many', long(LIMITS.claimLineBytes + 1)],
    ['another start', GOOD.replace('sentby1:', 'sentby2:')],
    ['no check', GOOD.slice(0, GOOD.indexOf('&check='))],
    ['half a check', GOOD.slice(0, -1)],
    ['a check in capitals', `${GOOD.slice(0, -8)}ABCDEF12`],
    ['another order', lineOf([INSTALL, PRODUCT, AT])],
    ['a field twice', lineOf([PRODUCT, PRODUCT, INSTALL, AT])],
    ['an unknown field', lineOf([PRODUCT, INSTALL, ['host', 'x'], AT])],
    ['no time', lineOf([PRODUCT, INSTALL])],
    ['a time that is none', lineOf([PRODUCT, INSTALL, ['at', 'yesterday']])],
    ['an unknown source', lineOf([PRODUCT, INSTALL, AT, ['claim', 'guess:JANE']])],
    ['an empty value', checked('sentby1:product=&install=i&at=2026-11-22T10%3A00%3A00.000Z')],
    ['a plus', checked('sentby1:product=a+b&install=i&at=2026-11-22T10%3A00%3A00.000Z')],
    [
      'lower-case hex',
      checked('sentby1:product=a%c3%a4&install=i&at=2026-11-22T10%3A00%3A00.000Z'),
    ],
    ['an escaped letter', checked('sentby1:product=%41&install=i&at=2026-11-22T10%3A00%3A00.000Z')],
    ['no UTF-8', checked('sentby1:product=%FF&install=i&at=2026-11-22T10%3A00%3A00.000Z')],
    ['a bare percent', checked('sentby1:product=50%&install=i&at=2026-11-22T10%3A00%3A00.000Z')],
  ])('%s is malformed', (_title, line) => {
    expect(readLine(line)).toEqual({ reason: 'malformed' })
  })

  test('any other character, and two that changed places, do not fit the check', () => {
    for (let at = 8; at < GOOD.indexOf('&check='); at++) {
      const other = GOOD[at] === 'x' ? 'y' : 'x'
      const changed = GOOD.slice(0, at) + other + GOOD.slice(at + 1)
      expect(readLine(changed), changed).toEqual({ reason: 'bad_check' })
    }
    const swapped = GOOD.replace('product=pbx', 'product=bpx')
    expect(readLine(swapped)).toEqual({ reason: 'bad_check' })
  })

  test('folded lines, spaces, comments and empty lines are what mail makes of them', () => {
    const folded = `${GOOD.slice(0, 30)}\r\n  ${GOOD.slice(30, 60)} \n\n\t${GOOD.slice(60)}`
    const text = `\uFEFF# from site 7\n\n${folded}\r\n${GOOD}\nhello\nsentby1:oops\n`
    expect(findLines(text)).toEqual([
      { line: 3, text: GOOD },
      { line: 7, text: GOOD },
      { line: 8, text: 'hello' },
      { line: 9, text: 'sentby1:oops' },
    ])
  })

  test('a line is whole wherever it was folded, a character a line too', () => {
    for (let at = 9; at < GOOD.length; at++) {
      expect(findLines(`${GOOD.slice(0, at)}\n${GOOD.slice(at)}\nhello`)).toEqual([
        { line: 1, text: GOOD },
        { line: 3, text: 'hello' },
      ])
    }
    const pieces = ['sentby1:', ...GOOD.slice(8)].join('\n')
    expect(findLines(pieces)).toEqual([{ line: 1, text: GOOD }])
  })
})

test('lines without one that can be read cost a request each', async () => {
  const limits = createLimits({ openRequests: { points: 3, duration: 60 } })
  const world = await openWorld('sqlite', { limits })
  const texts = ['hello', '# nothing', 'x\n'.repeat(LIMITS.claimLines + 1), 'hello']
  const answers = []
  for (const text of texts) answers.push((await world.lines(text)).status)
  expect(answers).toEqual([200, 400, 413, 429])
  await world.collector.closeAll()
})

describe.each(ENGINES)('claim lines on %s', (engine) => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(engine)
  })
  afterAll(() => world.collector.closeAll())

  const line = (install: string, claim: string, at = new Date().toISOString()) =>
    lineOf([PRODUCT, ['install', install], ['at', at], ['claim', claim]])

  test('a line counts once however often it is handed in, and bad ones spoil no other', async () => {
    const at = new Date(Date.now() - 86_400_000).toISOString()
    const good = line('off-1', `stamp:${world.stamp()}`, at)
    const text = [
      '# carried out on paper',
      good,
      '',
      'hello',
      `${good.slice(0, -1)}${good.endsWith('0') ? '1' : '0'}`,
      line('off-2', 'env:NOBODY'),
      line('off-3', 'stamp:broken'),
      good,
    ].join('\n')
    const { status, body } = await world.lines(text)
    expect(status).toBe(200)
    expect(body.results).toEqual([
      { line: 2, status: 'attributed', install: 'off-1', code: 'JANE' },
      { line: 4, status: 'invalid', reason: 'malformed' },
      { line: 5, status: 'invalid', reason: 'bad_check' },
      { line: 6, status: 'unknown_code', install: 'off-2', code: 'NOBODY' },
      { line: 7, status: 'unattributed', install: 'off-3', reason: 'bad_stamp' },
      { line: 8, status: 'duplicate', install: 'off-1', code: 'JANE' },
    ])
    expect((await world.lines(good)).body.results).toEqual([
      { line: 1, status: 'duplicate', install: 'off-1', code: 'JANE' },
    ])
    expect(await world.facts('off-1')).toBe(1)
    expect(await world.installation('off-1')).toMatchObject({ anchor: at })
  })

  test('a line and a report of the same are one', async () => {
    const claim = 'config:JANE'
    await world.lines(line('both', claim))
    const { body } = await world.report({ product: 'pbx', install: 'both', claim })
    expect(body).toMatchObject({ status: 'duplicate', code: 'JANE' })
  })

  test('500 lines at most', async () => {
    const many = (count: number) =>
      Array.from({ length: count }, (_, n) => line(`many-${n}`, 'env:JANE')).join('\n')
    const { body } = await world.lines(many(LIMITS.claimLines))
    expect(body.results).toHaveLength(LIMITS.claimLines)
    expect(body.results.every(({ status }: { status: string }) => status === 'attributed')).toBe(
      true,
    )
    expect(await world.lines(many(LIMITS.claimLines + 1))).toMatchObject({
      status: 413,
      body: { code: 'too_large' },
    })
  })

  test('a line past what its key may send is invalid', async () => {
    const long = line('long', `filename:${'x'.repeat(500)}`)
    const several = lineOf([
      PRODUCT,
      ['install', 'several'],
      AT,
      ...Array.from({ length: 5 }, () => ['claim', `filename:${'x'.repeat(500)}`] as const),
    ])
    const { body } = await world.lines(`${several}\n${long}`)
    expect(body.results).toMatchObject([
      { line: 1, status: 'invalid', reason: 'too_large' },
      { line: 2, status: 'unattributed' },
    ])
    const trusted = await world.lines(several, world.collector.program.secretKey)
    expect(trusted.body.results).toMatchObject([{ status: 'unattributed' }])
  })

  test('a text without a line is an empty batch', async () => {
    expect(await world.lines('# nothing\n\n')).toMatchObject({
      status: 400,
      body: { code: 'empty_batch' },
    })
  })
})
