import { describe, expect, test } from 'vitest'
import { bufferSource, planFile } from '../src/index.ts'
import { longEnd, makeZip, type ZipItem } from './archives/zip.ts'
import { refusal } from './stamping.ts'

const MODULE: ZipItem[] = [
  { name: 'mod/' },
  { name: 'mod/a.txt', content: 'hello '.repeat(50), deflate: true },
  { name: 'mod/b.txt', content: 'streamed', descriptor: true },
]

describe('a zip is refused', () => {
  const base = makeZip(MODULE, { comment: 'comment' })
  const end = base.lastIndexOf('PK\x05\x06', undefined, 'latin1')
  const entry = base.indexOf('PK\x01\x02', undefined, 'latin1')
  /** The base with some bytes written over. */
  const patched = (at: number, ...bytes: number[]) => {
    const copy = Buffer.from(base)
    copy.set(bytes, at)
    return copy
  }
  const fakeEnd = `PK\x05\x06${'\0'.repeat(18)}`
  const long = makeZip(MODULE, { zip64: true })
  const record = long.lastIndexOf('PK\x06\x06', undefined, 'latin1')
  const longPatched = (at: number, ...bytes: number[]) => {
    const copy = Buffer.from(long)
    copy.set(bytes, record + at)
    return copy
  }
  const cases: [string, Buffer, string][] = [
    ['when it is empty', Buffer.alloc(0), 'truncated'],
    ['when it is none', Buffer.from('hello'.repeat(100)), 'truncated'],
    ['with bytes after its end', Buffer.concat([base, Buffer.from('x')]), 'malformed'],
    ['with an end record in its comment', makeZip(MODULE, { comment: fakeEnd }), 'malformed'],
    [
      'with part of an end record in its comment',
      makeZip(MODULE, { comment: `${fakeEnd}more` }),
      'malformed',
    ],
    ['with bytes before it that its offsets do not count', pad(base, 'MZ'), 'unsupported'],
    ['with a second disk', patched(end + 4, 1), 'unsupported'],
    ['with a directory on another disk', patched(end + 6, 1), 'unsupported'],
    ['with entries on another disk', patched(end + 8, 1), 'unsupported'],
    ['with an entry on another disk', patched(entry + 34, 1), 'unsupported'],
    ['with fewer entries than records', patched(end + 8, 1, 0, 1, 0), 'malformed'],
    ['with 65,535 entries that it has not', patched(end + 8, 255, 255, 255, 255), 'malformed'],
    ['with a directory behind its end', patched(end + 16, 255, 255, 255, 127), 'malformed'],
    ['with a directory that is too long', patched(end + 12, 255, 255, 255, 127), 'malformed'],
    ['with a shorter directory', patched(end + 12, 1, 0, 0, 0), 'unsupported'],
    ['with a masked directory', patched(entry + 9, 0x20), 'unsupported'],
    ['with an encrypted directory', patched(entry, 0x50, 0x4b, 6, 8), 'unsupported'],
    ['with a signed directory', patched(entry, 0x50, 0x4b, 5, 5), 'unsupported'],
    ['with garbage for a directory', patched(entry, 1, 2, 3, 4), 'malformed'],
    ['with a name past its directory', patched(entry + 28, 255, 255), 'malformed'],
    ['with an entry that runs into its directory', patched(entry + 20, 255, 255), 'malformed'],
    ['with an entry that begins nowhere', patched(entry + 42, 255, 255, 255, 127), 'malformed'],
    ['with overlapping entries', overlapping(), 'malformed'],
    ['with a directory larger than 64 MiB', hugeDirectory(), 'too_large'],
    ['with zip64 counts of 2⁶⁴ − 1', longPatched(24, ...Array(16).fill(255)), 'malformed'],
    ['with other counts in both end records', longPatched(24, 9), 'unsupported'],
    ['with a zip64 directory elsewhere', longPatched(48, 9), 'malformed'],
    ['with a zip64 locator to elsewhere', longPatched(64, 9), 'malformed'],
    ['with zip64 disks', longPatched(16, 1), 'unsupported'],
    ['with a longer zip64 record', longPatched(4, 45), 'unsupported'],
    ['with a locator to no zip64 record', longPatched(0, 0), 'unsupported'],
    ['with an APK signing block', apk(), 'unsupported'],
  ]
  test.each(cases)('%s', async (_, bytes, code) => {
    expect(await refusal(() => planFile(bufferSource(bytes), { format: 'zip' }))).toBe(code)
  })
})

function pad(base: Buffer, text: string): Buffer {
  return Buffer.concat([Buffer.from(text), base])
}

/** Two records of one local entry, as in a zip bomb. */
function overlapping(): Buffer {
  const items = [
    { name: 'a', content: 'x'.repeat(99) },
    { name: 'b', content: 'y' },
  ]
  const bytes = makeZip(items)
  const second = bytes.lastIndexOf('PK\x01\x02', undefined, 'latin1')
  bytes.writeUInt32LE(20, second + 42)
  return bytes
}

function hugeDirectory(): Buffer {
  const size = 64 * 1024 * 1024 + 1
  const end = makeZip([], { zip64: true })
  longEnd({ entries: 1, size, offset: 0 }).copy(end)
  return Buffer.concat([Buffer.alloc(size), end])
}

/** An APK keeps its signatures between the entries and the directory. */
function apk(): Buffer {
  const block = `${'\0'.repeat(16)}APK Sig Block 42`
  const base = makeZip([{ name: 'classes.dex', content: block }])
  return base
}
