import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { bufferSource, planFile, readStamp } from '../src/index.ts'
import { type DebShape, makeAr, makeDeb } from './archives/deb.ts'
import { makeTar } from './archives/tar.ts'
import {
  countOf,
  OTHER_TOKEN,
  refusal,
  stampBytes,
  TOKEN,
  tokenOf,
  unstampBytes,
} from './stamping.ts'

const refusalOf = (bytes: Uint8Array, path?: string) =>
  refusal(() => planFile(bufferSource(bytes), { format: 'deb', ...(path && { path }) }))

/** A control archive whose compressed size is odd, or even. */
function controlMember(odd: boolean): DebShape {
  for (let length = 0; length < 64; length++) {
    const control = makeTar([{ name: './' }, { name: './control', content: 'x'.repeat(length) }])
    const content = gzipSync(control)
    if ((content.length % 2 === 1) === odd) {
      return { controlMember: { name: 'control.tar.gz', content } }
    }
  }
  return {}
}

describe('a stamped deb', () => {
  const plain = makeTar([{ name: './' }, { name: './control', content: 'Package: a\n' }])
  const cases: [string, DebShape][] = [
    ['as dpkg-deb makes it', {}],
    ['with an odd control member', controlMember(true)],
    ['with an even control member', controlMember(false)],
    ['with a plain control member', { controlMember: { name: 'control.tar', content: plain } }],
    ['with scripts', { control: [{ name: './postinst', content: '#!/bin/sh\n', mode: 0o755 }] }],
    ['with a slash behind its names', { more: [{ name: 'extra/', content: Buffer.from('x') }] }],
  ]
  test.each(cases)('%s is read, unstamped byte for byte, and stamped again', async (_, shape) => {
    const base = makeDeb(shape)
    const stamped = await stampBytes(base)
    expect(await readStamp(bufferSource(stamped))).toMatchObject({
      format: 'deb',
      token: TOKEN,
      path: 'partner_ref',
    })
    expect(base.equals(await unstampBytes(stamped))).toBe(true)
    const again = await stampBytes(stamped, OTHER_TOKEN)
    expect(again.equals(await stampBytes(base, OTHER_TOKEN))).toBe(true)
    expect(await tokenOf(again)).toBe(OTHER_TOKEN)
    expect(countOf(again, TOKEN)).toBe(0)
  })

  test('has its data member as it was', async () => {
    const base = makeDeb()
    const stamped = await stampBytes(base)
    const data = base.subarray(base.indexOf('data.tar.gz'))
    expect(stamped.subarray(stamped.indexOf('data.tar.gz')).equals(data)).toBe(true)
  })
})

describe('a deb is refused', () => {
  const base = makeDeb()
  const gz = { name: 'control.tar.gz', content: gzipSync(makeTar([{ name: './control' }])) }
  const first = { name: 'debian-binary', content: Buffer.from('2.0\n') }
  const data = { name: 'data.tar.xz', content: Buffer.from('data') }
  const member = (name: string): DebShape => ({
    controlMember: { name, content: Buffer.from('?') },
  })
  const patched = (at: number, text: string) => {
    const copy = Buffer.from(base)
    copy.write(text, at, 'latin1')
    return copy
  }
  const many = Array.from({ length: 65 }, () => ({ name: '_x', content: Buffer.alloc(0) }))
  const cases: [string, Uint8Array, string][] = [
    ['when it is empty', Buffer.alloc(0), 'truncated'],
    ['when it is no ar archive', Buffer.from('!<arch>x'), 'malformed'],
    ['without members', makeAr([]), 'malformed'],
    ['without debian-binary', makeAr([gz, data]), 'malformed'],
    ['without a control member', makeAr([first, data]), 'malformed'],
    ['without data', makeAr([first, gz]), 'malformed'],
    ['with two control members', makeAr([first, gz, gz, data]), 'malformed'],
    ['with its data first', makeAr([first, data, gz]), 'malformed'],
    ['with an xz control member', makeDeb(member('control.tar.xz')), 'unsupported'],
    ['with a zstd control member', makeDeb(member('control.tar.zst')), 'unsupported'],
    ['signed as a whole', makeDeb({ more: [{ ...first, name: '_gpgorigin' }] }), 'unsupported'],
    ['with 68 members', makeDeb({ more: many }), 'too_large'],
    ['with a control member that is no gzip', makeDeb(member('control.tar.gz')), 'unknown_format'],
    ['with a size that is no number', patched(8 + 48, '-4'), 'malformed'],
    ['with a size of another form', patched(8 + 48, '04'), 'malformed'],
    ['with a tab behind a size', patched(8 + 48, '4\t'), 'malformed'],
    ['with a size past its end', patched(8 + 48, '9999999999'), 'truncated'],
    ['with a header that does not end', patched(8 + 58, 'x'), 'malformed'],
  ]
  test.each(cases)('%s', async (_, bytes, code) => {
    expect(await refusalOf(bytes)).toBe(code)
  })

  test('whose padding is no line feed', async () => {
    const odd = makeDeb(controlMember(true))
    const at = odd.indexOf('data.tar.gz') - 1
    odd[at] = 0x20
    expect(await refusalOf(odd)).toBe('malformed')
  })

  test.each(['control', 'postinst', 'list', 'a/b', 'a.b', '../x', '.x', '-x', 'x'.repeat(65)])(
    'for the control file %j',
    async (path) => {
      expect(await refusalOf(base, path)).toBe('bad_path')
    },
  )

  test('where the control file is there already', async () => {
    const taken = makeDeb({ control: [{ name: './partner_ref', content: 'x' }] })
    expect(await refusalOf(taken)).toBe('path_taken')
  })

  test.each(['xz', 'zst', 'bz2'])('with %s control, with the command that helps', async (how) => {
    const source = bufferSource(makeDeb(member(`control.tar.${how}`)))
    await expect(planFile(source)).rejects.toThrow('dpkg-deb -Zgzip')
  })
})
