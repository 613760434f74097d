import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { TOKEN } from '../stamping.ts'
import { ARCHIVE_READERS, type ArchiveReader } from './archive-readers.ts'
import { filesIn, installed, must, newFolder, run } from './machine.ts'
import { SAMPLES, type Sample, tarOf } from './samples.ts'

// Other programs, a Java among them; a busy machine may take its time.
vi.setConfig({ testTimeout: 60_000 })

const folder = newFolder()
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const { here, missing } = installed(ARCHIVE_READERS)

test(`readers that are not on this machine: ${missing}`, () => {
  expect(here.length).toBeGreaterThan(0)
})

/** The archive as a file, and a new folder to unpack it into. */
function laidOut({ file, format }: Sample): { path: string; into: string } {
  const into = mkdtempSync(join(folder, 'into-'))
  const path = join(folder, `${SAMPLES.findIndex((sample) => sample.file === file)}.${format}`)
  writeFileSync(path, file)
  return { path, into }
}

function read(reader: ArchiveReader, sample: Sample): void {
  const { path, into } = laidOut(sample)
  try {
    if (reader.check) {
      must(reader.check(path))
    }
    if (reader.decompress) {
      const { status, stdout, text } = run(reader.decompress(path))
      expect(status, text.slice(-2000)).toBe(0)
      expect(stdout.equals(tarOf(sample))).toBe(true)
    }
    if (reader.extract) {
      must(reader.extract(path, into), { cwd: into })
      expect(filesIn(into)).toEqual(sample.files)
    }
  } finally {
    rmSync(into, { recursive: true, force: true })
  }
}

describe.each(SAMPLES)('$name', (sample) => {
  const readers = here.filter(
    ({ format, isPlain }) => format === sample.format && !(isPlain && sample.isDemanding),
  )

  test('has its stamp exactly once', () => {
    expect(sample.file.indexOf(TOKEN)).toBeGreaterThan(0)
    expect(sample.file.lastIndexOf(TOKEN)).toBe(sample.file.indexOf(TOKEN))
  })

  for (const reader of readers) {
    test(`${reader.name} reads every file as it was, and the stamp`, () => read(reader, sample))
  }
})

test('the readers do notice a damaged archive', () => {
  for (const sample of SAMPLES) {
    const broken = Buffer.from(sample.file)
    const at = broken.indexOf(TOKEN)
    broken.writeUInt8(broken.readUInt8(at) ^ 1, at)
    const checkers = here.filter(({ check, format }) => check && format === sample.format)
    const { path } = laidOut({ ...sample, file: broken })
    for (const { check, name } of checkers) {
      if (check && name !== 'bsdtar -t') expect(run(check(path)).status, name).not.toBe(0)
    }
  }
})
