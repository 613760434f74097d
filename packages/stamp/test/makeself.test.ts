import { expect, test } from 'vitest'
import { bufferSource, detect, planFile, readStamp } from '../src/index.ts'
import { OTHER_TOKEN, stampBytes, TOKEN, unstampBytes } from './stamping.ts'

/** The first lines that makeself 2.4 writes, and a payload. */
function archive(crc = 'CRCsum="1232025379"', version = '2.4.5'): Buffer {
  const header = `#!/bin/sh
# This script was generated using Makeself ${version}
# The license covering this archive and its contents, if any, is wholly independent of the Makeself license (GPL)

umask 077

${crc}
MD5="47792f05b522c9f7e70b216ca992d3b4"
label="A label"
skip="10"
`
  return Buffer.concat([Buffer.from(header), Buffer.from([0x1f, 0x8b, 8, 0, 0xff])])
}

const STAMPED_LINE = `CRCsum="1232025379"; SENTBY_STAMP='${TOKEN}'; export SENTBY_STAMP`

test('the token is exported on a line that is there already, and comes out again', async () => {
  const file = await stampBytes(archive())
  expect(file.equals(archive(STAMPED_LINE))).toBe(true)
  expect(await readStamp(bufferSource(file))).toMatchObject({
    token: TOKEN,
    path: null,
    format: 'makeself',
  })
  expect((await unstampBytes(file)).equals(archive())).toBe(true)
})

test('the number of lines stays, which makeself counts on', async () => {
  const lines = (file: Buffer) => file.toString('latin1').split('\n').length
  expect(lines(await stampBytes(archive()))).toBe(lines(archive()))
})

test('another token replaces the first', async () => {
  const again = await stampBytes(await stampBytes(archive()), OTHER_TOKEN)
  expect(again.equals(await stampBytes(archive(), OTHER_TOKEN))).toBe(true)
})

test.each(['2.1.5', '2.4.0', '2.4.5', '2.5.0', '2.7.1'])(
  'makeself %s is known',
  async (version) => {
    expect(await detect(bufferSource(archive(undefined, version)))).toBe('makeself')
  },
)

test('several archives have a checksum each on that line', async () => {
  expect(
    (await stampBytes(archive('CRCsum="12 34 56"'))).includes(`"; SENTBY_STAMP='${TOKEN}'`),
  ).toBe(true)
})

test.each<[string, string, Buffer]>([
  ['no checksum line', 'no_slot', archive('CRC="1"')],
  ['two of them', 'no_slot', archive('CRCsum="1"\nCRCsum="2"')],
  ['a checksum that is a command', 'no_slot', archive('CRCsum="$(id)"')],
  ['something else behind it', 'no_slot', archive('CRCsum="1"; echo')],
  [
    'a stamp that is no token',
    'no_slot',
    archive(`CRCsum="1"; SENTBY_STAMP='x'; export SENTBY_STAMP`),
  ],
  ['another header', 'unknown_format', Buffer.from('#!/bin/sh\nCRCsum="1"\n')],
])('an archive with %s is refused: %s', async (_name, code, file) => {
  const options = { format: 'makeself' } as const
  await expect(planFile(bufferSource(file), options)).rejects.toMatchObject({ code })
})
