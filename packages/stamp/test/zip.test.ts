import { describe, expect, test, vi } from 'vitest'
import { bufferSource, type FileOptions, planFile, readStamp } from '../src/index.ts'
import { DIST_INFO, makeWheel } from './archives/wheel.ts'
import { makeZip, type ZipItem } from './archives/zip.ts'
import {
  countOf,
  OTHER_TOKEN,
  refusal,
  stampBytes,
  TOKEN,
  tokenOf,
  unstampBytes,
} from './stamping.ts'

// Some zips have 65 thousand entries, and the machine may be busy.
vi.setConfig({ testTimeout: 60_000 })

const MODULE: ZipItem[] = [
  { name: 'mod/' },
  { name: 'mod/a.txt', content: 'hello '.repeat(50), deflate: true },
  { name: 'mod/b.txt', content: 'streamed', descriptor: true },
]
const many = (count: number): ZipItem[] =>
  Array.from({ length: count }, (_, i) => ({ name: `m/${i}` }))

const refusalOf = (bytes: Uint8Array, options: FileOptions = { format: 'zip' }) =>
  refusal(() => planFile(bufferSource(bytes), options))

const pathOf = async (items: ZipItem[], options: FileOptions = {}) =>
  (await planFile(bufferSource(makeZip(items)), options)).plan.path

describe('a stamped zip', () => {
  test.each<[string, Buffer]>([
    ['of stored, deflated and streamed entries', makeZip(MODULE)],
    ['with a comment', makeZip(MODULE, { comment: 'made by Acme, 2026' })],
    ['with the longest comment', makeZip(MODULE, { comment: 'c'.repeat(65_535) })],
    ['that is empty', makeZip([])],
    ['that is empty, with a comment', makeZip([], { comment: 'nothing' })],
    ['with zip64 records that it does not need', makeZip(MODULE, { zip64: true, comment: 'c' })],
    ['that is empty and zip64', makeZip([], { zip64: true })],
    ['behind a first line', makeZip(MODULE, { prefix: '#!/usr/bin/env python3\n' })],
    ['of 65,534 entries, which the stamp makes zip64', makeZip(many(65_534))],
    ['of 65,535 entries', makeZip(many(65_535))],
  ])('%s is read, and unstamped byte for byte', async (_, base) => {
    const stamped = await stampBytes(base)
    expect(await tokenOf(stamped)).toBe(TOKEN)
    expect(countOf(stamped, `${TOKEN}\n`)).toBe(1)
    expect(base.equals(await unstampBytes(stamped))).toBe(true)
  })

  test('keeps every byte before its directory, and its comment at the end', async () => {
    const base = makeZip(MODULE, { comment: 'made by Acme' })
    const stamped = await stampBytes(base)
    const directory = base.indexOf('PK\x01\x02')
    expect(stamped.subarray(0, directory).equals(base.subarray(0, directory))).toBe(true)
    expect(stamped.toString('latin1')).toMatch(/made by Acme$/)
    expect(stamped.length - base.length).toBeLessThan(320)
  })

  test('that is stamped again has the new stamp alone', async () => {
    const base = makeZip(MODULE, { comment: 'c' })
    const again = await stampBytes(await stampBytes(base), OTHER_TOKEN)
    expect(again.equals(await stampBytes(base, OTHER_TOKEN))).toBe(true)
    expect(await tokenOf(again)).toBe(OTHER_TOKEN)
    expect(countOf(again, TOKEN)).toBe(0)
  })

  test('that is stamped again at another path has the new stamp alone', async () => {
    const base = makeZip(MODULE)
    const first = await stampBytes(base, TOKEN, { path: 'mod/static/ref' })
    const again = await stampBytes(first, OTHER_TOKEN, { path: 'other' })
    expect(again.equals(await stampBytes(base, OTHER_TOKEN, { path: 'other' }))).toBe(true)
  })

  test('has the same bytes from the same token', async () => {
    const base = makeZip(MODULE)
    expect((await stampBytes(base)).equals(await stampBytes(base))).toBe(true)
  })

  test.each([
    ['a changed letter of the token', 's1.kid123', 's1.kid124'],
    ['another file name in one header', 'partner_ref', 'partner_rex'],
    ['another shape of the token', TOKEN, 'x'.repeat(TOKEN.length)],
  ])('with %s is none of ours', async (_, from, to) => {
    const stamped = (await stampBytes(makeZip(MODULE))).toString('latin1')
    expect(await tokenOf(Buffer.from(stamped.replace(from, to), 'latin1'))).toBeNull()
  })

  test("a vendor's own partner_ref is no stamp", async () => {
    const base = makeZip([{ name: 'mod/a' }, { name: 'mod/partner_ref', content: `${TOKEN}\n` }])
    expect(await readStamp(bufferSource(base))).toBeNull()
    expect(await refusalOf(base)).toBe('path_taken')
  })
})

describe('the stamp stands', () => {
  const cases: [string, ZipItem[], FileOptions, string | null][] = [
    ['in the only top-level folder', MODULE, {}, 'mod/partner_ref'],
    ['at top level beside a file', [...MODULE, { name: 'README' }], {}, 'partner_ref'],
    ['at top level beside two folders', [{ name: 'a/x' }, { name: 'b/x' }], {}, 'partner_ref'],
    ['at top level where all is hidden', [{ name: '.git/x' }], {}, 'partner_ref'],
    ['at top level of an empty one', [], {}, 'partner_ref'],
    ['where it is asked to', MODULE, { path: 'mod/static/ref' }, 'mod/static/ref'],
    ['under {top}', MODULE, { path: '{top}/static/partner_ref' }, 'mod/static/partner_ref'],
    ['under a top of other letters', [{ name: 'модуль/x' }], {}, 'модуль/partner_ref'],
  ]
  test.each(cases)('%s', async (_, items, options, path) => {
    expect(await pathOf(items, options)).toBe(path)
    const stamped = await stampBytes(makeZip(items), TOKEN, options)
    expect(await readStamp(bufferSource(stamped))).toMatchObject({ path, token: TOKEN })
    expect(makeZip(items).equals(await unstampBytes(stamped))).toBe(true)
  })

  test('in the dist-info folder of a wheel', async () => {
    const stamped = await stampBytes(makeWheel())
    const found = await readStamp(bufferSource(stamped))
    expect(found).toMatchObject({ format: 'wheel', path: `${DIST_INFO}/partner_ref` })
    expect(makeWheel().equals(await unstampBytes(stamped))).toBe(true)
  })

  test.each([
    ['without one', MODULE],
    ['with two', [{ name: 'a.dist-info/WHEEL' }, { name: 'b.dist-info/WHEEL' }]],
    ['with a deeper one', [{ name: 'x/a.dist-info/WHEEL' }]],
  ])('nowhere in a wheel %s', async (_, items) => {
    expect(await refusalOf(makeZip(items), { format: 'wheel' })).toBe('malformed')
  })

  const paths = [
    '../partner_ref',
    'mod/../../etc/passwd',
    '/etc/passwd',
    'mod//x',
    'mod/',
    '',
    '.',
    'mod/.hidden',
    'mod\\x',
    'C:x',
    'a\u0000b',
    'a\nb',
    'a ',
    'a.',
    '\ud800',
    'x'.repeat(256),
    'ü'.repeat(128),
  ]
  test.each(paths)('never at %j', async (path) => {
    expect(await refusalOf(makeZip(MODULE), { path })).toBe('bad_path')
  })

  test('not under {top} where there is no single folder, or it is hostile', async () => {
    const path = '{top}/x'
    expect(await refusalOf(makeZip([]), { path })).toBe('bad_path')
    expect(await refusalOf(makeZip([{ name: 'a/x' }, { name: 'b' }]), { path })).toBe('bad_path')
    expect(await refusalOf(makeZip([{ name: '../x' }]), { path })).toBe('bad_path')
  })

  test.each([
    ['the file itself', 'mod/partner_ref'],
    ['the file in other case', 'MOD/Partner_Ref'],
    ['the file by a longer way', './mod//./partner_ref'],
    ['the file by backslashes', 'mod\\partner_ref'],
    ['a folder of that name', 'mod/partner_ref/'],
    ['something inside of it', 'mod/partner_ref/x'],
    ['a file where its folder is to be', 'mod'],
  ])('not where the zip has %s', async (_, name) => {
    const base = makeZip([{ name: 'x' }, { name }])
    expect(await refusalOf(base, { path: 'mod/partner_ref' })).toBe('path_taken')
  })
})
