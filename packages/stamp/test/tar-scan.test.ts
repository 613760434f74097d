import { expect, test } from 'vitest'
import { TarScan } from '../src/tar-scan.ts'
import { fixChecksum, makeTar, type TarMember } from './archives/tar.ts'

/** What the archive holds, read in pieces of this many bytes. */
function scan(archive: Uint8Array, pieceLength = 65_536) {
  const names: string[] = []
  const tar = new TarScan((name, isFolder) => names.push(isFolder ? `[${name}]` : name))
  for (let at = 0; at < archive.length; at += pieceLength) {
    tar.push(archive.subarray(at, at + pieceLength))
  }
  tar.end()
  return { names, entriesEnd: tar.entriesEnd }
}

const LONG = `${'deep/'.repeat(60)}file.txt`
const MEMBERS: TarMember[] = [
  { name: 'a/' },
  { name: 'a/file', content: 'x'.repeat(513) },
  { name: 'a/link', type: '2', target: '../elsewhere' },
  { name: 'a/hard', type: '1', target: 'a/file' },
  { name: LONG, longName: 'pax', content: 'pax' },
  { name: `${LONG}.gnu`, longName: 'gnu', content: 'gnu' },
  { name: 'ünï/cødé', content: '' },
]
const NAMES = ['[a/]', 'a/file', 'a/link', 'a/hard', LONG, `${LONG}.gnu`, 'ünï/cødé']

test.each([1, 7, 511, 512, 513, 65_536])('entries are read in pieces of %i bytes', (length) => {
  const archive = makeTar(MEMBERS)
  expect(scan(archive, length)).toEqual({ names: NAMES, entriesEnd: archive.length - 1024 })
})

test.each([
  ['no end blocks', 0],
  ['one', 512],
  ['two', 1024],
  ['a whole record', 10_240],
])('an archive may have %s', (_name, endLength) => {
  const archive = makeTar([{ name: 'a', content: 'b' }], { endLength })
  expect(scan(archive)).toEqual({ names: ['a'], entriesEnd: 1024 })
})

test('an archive of end blocks alone is empty', () => {
  expect(scan(Buffer.alloc(10_240))).toEqual({ names: [], entriesEnd: 0 })
})

test('a name of two fields is put together, GNU and old headers have one field', () => {
  const posix = withField(makeTar([{ name: 'file' }]), 345, 'some/folders')
  const gnu = withField(withField(makeTar([{ name: 'file' }]), 257, 'ustar  \0'), 345, '12345670')
  const old = withField(makeTar([{ name: 'folder/', type: '\0' }]), 257, '\0'.repeat(8))
  expect(scan(posix).names).toEqual(['some/folders/file'])
  expect(scan(gnu).names).toEqual(['file'])
  expect(scan(old).names).toEqual(['[folder/]'])
})

test('sizes in binary and sizes by pax records count', () => {
  const content = 'y'.repeat(600)
  const binary = Buffer.alloc(12)
  binary.writeUInt8(0x80)
  binary.writeUInt32BE(600, 8)
  const big = withField(makeTar([{ name: 'a', content }, { name: 'b' }]), 124, binary)
  expect(scan(big).names).toEqual(['a', 'b'])

  const pax = makeTar([
    { name: 'x', type: 'x', content: '12 size=600\n' },
    { name: 'a', content },
  ])
  expect(scan(withField(pax, 124, '00000000000', 1024)).names).toEqual(['a'])
})

test('a comment for the whole archive, as git writes it, is no entry', () => {
  const comment = { name: 'pax_global_header', type: 'g', content: '18 comment=abcdef\n' }
  expect(scan(makeTar([comment, { name: 'a/b' }])).names).toEqual(['a/b'])
})

const BAD_SIZE = withField(makeTar([{ name: 'a' }]), 124, '0000000009\0')
const SECOND_BAD = makeTar([{ name: 'a' }, { name: 'b' }])
SECOND_BAD.writeUInt8(0x7a, 512)
const pax = (content: string) => makeTar([{ name: 'x', type: 'x', content }, { name: 'a' }])
const global = (content: string) => makeTar([{ name: 'g', type: 'g', content }, { name: 'a' }])

test.each<[string, string, Uint8Array]>([
  ['an empty file', 'unknown_format', Buffer.alloc(0)],
  ['text', 'unknown_format', Buffer.alloc(2048, 'some text ')],
  ['less than a block', 'truncated', Buffer.alloc(100, 'a')],
  ['a later header that is damaged', 'malformed', SECOND_BAD],
  ['a size that is no number', 'malformed', BAD_SIZE],
  ['content that is cut', 'truncated', makeTar([{ name: 'a', content: 'b' }]).subarray(0, 600)],
  ['padding that is cut', 'truncated', makeTar([{ name: 'a', content: 'b' }]).subarray(0, 1023)],
  ['bytes after the end', 'malformed', Buffer.concat([makeTar([]), Buffer.from('x')])],
  [
    'an archive behind the archive',
    'malformed',
    Buffer.concat([makeTar([]), makeTar([{ name: 'a' }])]),
  ],
  [
    'a long name without its entry',
    'truncated',
    makeTar([{ name: 'L', type: 'L', content: 'long\0' }], { endLength: 0 }),
  ],
  ['a folder with content', 'unsupported', makeTar([{ name: 'a/', content: 'b' }])],
  ['a hard link with content', 'unsupported', makeTar([{ name: 'a', type: '1', content: 'b' }])],
  ['a part of a multi-volume archive', 'unsupported', makeTar([{ name: 'a', type: 'M' }])],
  [
    'a name of more than 1 MiB',
    'too_large',
    makeTar([{ name: 'L', type: 'L', content: 'x'.repeat(2 ** 20 + 1) }]),
  ],
  [
    'an entry of 2⁸⁰ bytes',
    'too_large',
    withField(makeTar([{ name: 'a' }]), 124, Buffer.from([0x80, 0, 1, ...Array(9).fill(0)])),
  ],
  ['pax records without a length', 'malformed', pax('path=a\n')],
  ['pax records longer than they are', 'malformed', pax('99 path=a\n')],
  ['a pax record without an end', 'malformed', pax('9 path=ab')],
  ['a pax length of zero', 'malformed', pax('0 path=a\n')],
  ['a pax size that is none', 'malformed', pax('10 size=-1\n')],
  ['one name for all entries', 'unsupported', global('10 path=a\n')],
  ['one size for all entries', 'unsupported', global('10 size=9\n')],
])('%s gives %s', (_name, code, archive) => {
  expect(() => scan(archive)).toThrow(expect.objectContaining({ name: 'StampError', code }))
})

test('old GNU sparse files have their map in blocks of their own', () => {
  const archive = makeTar([{ name: 'sparse', type: 'S', content: 'z'.repeat(512) }, { name: 'b' }])
  const withMap = withField(archive, 482, '\x01')
  const map = Buffer.alloc(512)
  const spliced = Buffer.concat([withMap.subarray(0, 512), map, withMap.subarray(512)])
  expect(scan(spliced).names).toEqual(['sparse', 'b'])
})

/** The archive with another field in the header at `header`, and its checksum made right. */
function withField(archive: Buffer, at: number, value: string | Buffer, header = 0): Buffer {
  const changed = Buffer.from(archive)
  const block = changed.subarray(header, header + 512)
  block.set(Buffer.from(value), at)
  fixChecksum(block)
  return changed
}
