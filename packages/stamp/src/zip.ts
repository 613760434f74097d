import { asBuffer } from './as-buffer.ts'
import { compose } from './composition.ts'
import { makesAgain } from './makes-again.ts'
import { stampContent, tokenInContent } from './stamp-content.ts'
import { plainName } from './stamp-path.ts'
import { StampPlace } from './stamp-place.ts'
import {
  type Composition,
  type Found,
  type Plan,
  type Source,
  STAMP_FILE,
  StampError,
  type Stamper,
} from './types.ts'
import { readDirectory, Spans } from './zip-directory.ts'
import { nextTail, readEnd, readTail, type ZipEnd } from './zip-end.ts'
import {
  contentOf,
  directoryRecord,
  findRecord,
  LAST_RECORD_WINDOW,
  localEntry,
  MAX_LOCAL_ENTRY,
} from './zip-entry.ts'

/**
 * A zip takes the stamp as its last entry: after the other entries, before the central directory, whose bytes stay
 * as they are and get one more record. Nothing is compressed again. The comment is kept.
 */
export const zip: Stamper = zipStamper('zip')

/** A wheel is a zip whose stamp stands in its `*.dist-info` folder. */
export const wheel: Stamper = zipStamper('wheel')

function zipStamper(format: 'zip' | 'wheel'): Stamper {
  const plan = (base: Source, path: string | undefined) => planZip(format, base, path)
  return { format, plan, splice, find: (file) => find(file, plan) }
}

async function planZip(
  format: 'zip' | 'wheel',
  base: Source,
  asked: string | undefined,
): Promise<Plan> {
  const end = await readEnd(base)
  await refuseApk(base, end)
  if ((await lastRecord(base, end)) !== null) {
    throw new StampError('path_taken', 'the zip is stamped already')
  }
  const isDefaultOfWheel = format === 'wheel' && asked === undefined
  const wanted = isDefaultOfWheel ? `${await distInfo(base, end)}/${STAMP_FILE}` : asked
  const place = new StampPlace(wanted)
  const spans = new Spans()
  await readDirectory(base, end, (entry) => {
    spans.add(entry)
    place.add(entry.name, entry.isFolder)
  })
  if (spans.overlap()) throw new StampError('malformed', 'two entries of the zip overlap')
  const { entries, size, offset, tail } = end
  return {
    format,
    baseSize: base.size,
    path: place.resolve(),
    detail: { entries, size, offset, tail: tail.toString('base64') },
  }
}

async function refuseApk(base: Source, end: ZipEnd): Promise<void> {
  const before = asBuffer(await base.read(Math.max(0, end.offset - 16), end.offset))
  if (before.toString('latin1') !== 'APK Sig Block 42') return
  throw new StampError('unsupported', 'an APK is signed as a whole: build one a partner')
}

/** The folder of a wheel's `WHEEL` file (PEP 427), or `null` for any other name. */
function distInfoOf(name: string): string | null {
  return /^([^/]+\.dist-info)\/WHEEL$/.exec(plainName(name))?.[1] ?? null
}

/** A wheel's only `*.dist-info` folder. @throws StampError `malformed` when there is none, or several. */
async function distInfo(source: Source, end: ZipEnd): Promise<string> {
  const folders = new Set<string>()
  await readDirectory(source, end, ({ name }) => {
    const folder = distInfoOf(name)
    if (folder !== null) folders.add(folder)
  })
  const [folder, another] = folders
  if (folder !== undefined && another === undefined) return folder
  throw new StampError('malformed', 'a wheel has exactly one *.dist-info/WHEEL')
}

/** Whether a zip is a wheel by its content. @throws StampError when it is damaged. */
export async function isWheel(source: Source): Promise<boolean> {
  let wheels = 0
  await readDirectory(source, await readEnd(source), ({ name }) => {
    if (distInfoOf(name) !== null) wheels += 1
  })
  return wheels === 1
}

function splice(plan: Plan, token: string): Composition {
  const offset = Number(plan.detail['offset'])
  const size = Number(plan.detail['size'])
  const entries = Number(plan.detail['entries'])
  const tail = Buffer.from(String(plan.detail['tail']), 'base64')
  const entry = { path: plan.path ?? STAMP_FILE, content: stampContent(token), offset, tail }
  const local = localEntry(entry)
  const record = directoryRecord(entry)
  const directory = {
    entries: entries + 1,
    size: size + record.length,
    offset: offset + local.length,
  }
  return compose([
    { start: 0, end: offset },
    { bytes: local },
    { start: offset, end: offset + size },
    { bytes: Buffer.concat([record, nextTail(tail, directory)]) },
    { start: offset + size + tail.length, end: plan.baseSize },
  ])
}

async function lastRecord(file: Source, end: ZipEnd): Promise<ReturnType<typeof findRecord>> {
  const directoryEnd = end.offset + end.size
  const from = Math.max(end.offset, directoryEnd - LAST_RECORD_WINDOW)
  return findRecord(await file.read(from, directoryEnd))
}

async function find(
  file: Source,
  plan: (base: Source, path: string) => Promise<Plan>,
): Promise<Found | null> {
  const end = await readEnd(file)
  const record = await lastRecord(file, end)
  if (record === null) return null
  const { offset: start } = readTail(record.tail)
  if (start > end.offset || end.offset - start > MAX_LOCAL_ENTRY) return null
  const directoryEnd = end.offset + end.size
  const canonical = compose([
    { start: 0, end: start },
    { start: end.offset, end: directoryEnd - record.size },
    { bytes: record.tail },
    { start: directoryEnd + end.tail.length, end: file.size },
  ])
  const token = tokenInContent(contentOf(await file.read(start, end.offset), record.path))
  if (token === null) return null
  const isOurs = await makesAgain(
    file,
    canonical,
    (base) => plan(base, record.path),
    (made) => splice(made, token),
  )
  return isOurs ? { token, path: record.path, canonical } : null
}
