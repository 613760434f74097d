import { composedSource, composedStream, wholeOf } from './composition.ts'
import { prepareDeb } from './deb-prepare.ts'
import { detect } from './detect.ts'
import { stampers } from './stampers.ts'
import { prepareTarGz } from './tar-gz-prepare.ts'
import {
  type Composition,
  type Format,
  type Found,
  type Plan,
  type Source,
  StampError,
} from './types.ts'

/** What is known about a file beside its bytes. */
export interface FileOptions {
  /** Absent: by {@link detect}. */
  format?: Format
  /** Where the stamp is to stand; `{top}` is the only top-level folder. Absent: the format's default. */
  path?: string
  /** The file's name, for telling a wheel from another zip. */
  name?: string
}

/** A plan, and the base that its compositions are of. */
export interface PlannedFile {
  plan: Plan
  /** The source itself; where that was stamped, the same without its stamp. */
  base: Source
}

/** A stamp and what it was found in. */
export interface FoundStamp extends Found {
  format: Format
}

/**
 * Works out how a file takes a stamp. A stamped file is planned without its stamp, so stamping it again replaces.
 *
 * @throws StampError when it is of no known format, damaged, hostile, or cannot take the stamp at that path.
 */
export async function planFile(source: Source, options: FileOptions = {}): Promise<PlannedFile> {
  const format = options.format ?? (await detect(source, options.name))
  const stamper = stampers[format]
  const found = await stamper.find(source)
  const base = found === null ? source : composedSource(found.canonical, source)
  return { plan: await stamper.plan(base, options.path), base }
}

/**
 * The file with its stamp: ranges of the base and bytes of our own. Pure, and needs no file.
 *
 * @throws StampError `bad_token` when this is no token, `malformed` for a plan of no known format.
 */
export function stamp(plan: Plan, token: string): Composition {
  const stamper = Object.hasOwn(stampers, plan.format) ? stampers[plan.format] : undefined
  if (stamper === undefined) throw new StampError('malformed', 'this is no plan')
  return stamper.splice(plan, token)
}

/**
 * The stamp of a file, or `null` where there is none of ours. Its token is a claim that nobody verified yet.
 *
 * @throws StampError when the file is of no known format or damaged.
 */
export async function readStamp(
  source: Source,
  options: FileOptions = {},
): Promise<FoundStamp | null> {
  const format = options.format ?? (await detect(source, options.name))
  const found = await stampers[format].find(source)
  return found === null ? null : { ...found, format }
}

/**
 * The file without its stamp, byte for byte as it was; ranges are of `source`.
 *
 * @throws StampError `not_stamped` where there is no stamp of ours.
 */
export async function unstamp(source: Source, options: FileOptions = {}): Promise<Composition> {
  const found = await readStamp(source, options)
  if (found === null) throw new StampError('not_stamped', 'the file has no stamp')
  return found.canonical
}

/**
 * The base to publish. A tar.gz is compressed once more, so that the stamp can stand last; a deb whose control member
 * is xz or zstd gets a `control.tar.gz`, and keeps every other byte; all else is published as it is.
 *
 * @throws StampError of a tar.gz or deb that is damaged or not supported; what came out before is to be thrown away.
 */
export function prepare(format: Format, source: Source): AsyncGenerator<Uint8Array> {
  if (format === 'tar.gz') return prepareTarGz(source)
  return format === 'deb' ? prepareDeb(source) : composedStream(wholeOf(source), source)
}
