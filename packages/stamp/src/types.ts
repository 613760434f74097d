/** The words of this package: a base file, a plan made once, and a stamped file as a list of segments. */

/** What can be stamped. A wheel is a zip whose stamp stands in `*.dist-info`. */
export type Format = 'zip' | 'wheel' | 'tar.gz' | 'deb' | 'shell' | 'makeself'

/** Why a file or a token is refused. */
export type StampErrorCode =
  | 'unknown_format'
  | 'malformed'
  | 'truncated'
  | 'unsupported'
  | 'path_taken'
  | 'bad_path'
  | 'bad_token'
  | 'too_large'
  | 'no_slot'
  | 'not_stamped'

/** A file cannot be stamped, read or unstamped; nothing was written. */
export class StampError extends Error {
  override readonly name = 'StampError'
  readonly code: StampErrorCode

  constructor(code: StampErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

/** A file that can be read anywhere; it does not change while it is used. */
export interface Source {
  /** Bytes. */
  readonly size: number
  /** The bytes of `[start, end)`, all of them; throws `StampError('truncated')` past the end. */
  read(start: number, end: number): Promise<Uint8Array>
}

/** A range `[start, end)` of the base, or bytes of our own. */
export type Segment = { start: number; end: number } | { bytes: Uint8Array }

/** A file made of a base and bytes of our own, in order. */
export interface Composition {
  /** Bytes in all. */
  size: number
  segments: readonly Segment[]
}

/**
 * How one base takes a stamp, worked out once: plain JSON, so that it can be stored. `splice` turns it and a token into
 * a composition without reading the base again. The base is what `prepare` makes of the published file: of a tar.gz,
 * and of a deb whose control member is xz or zstd, another file; of all else the same.
 */
export interface Plan {
  format: Format
  /** Bytes of the base that the plan was made for. */
  baseSize: number
  /** Where the stamp stands inside the archive; `null` for scripts. */
  path: string | null
  /** What the format needs; numbers, texts and base64, read by the format's own file alone. */
  detail: Readonly<Record<string, number | string>>
}

/**
 * What stamping a format needs; one object a format, named for it (`zip`, `wheel`, `tarGz`, `deb`, `shell`,
 * `makeself`) and listed in `stampers.ts`. Shared: the content in `stamp-content.ts`, paths in `stamp-path.ts`,
 * ranges in `source.ts`.
 */
export interface Stamper {
  format: Format
  /**
   * Works out how `base` takes a stamp.
   *
   * @param path where the stamp is to stand; `undefined`: the format's default. `{top}` stands for the only
   *   top-level folder.
   * @throws StampError when the base is hostile, damaged, or holds that path already.
   */
  plan(base: Source, path: string | undefined): Promise<Plan>
  /** The stamped file. @throws StampError `bad_token`. */
  splice(plan: Plan, token: string): Composition
  /** The stamp and the canonical file of a stamped one, or `null` where there is no stamp of ours. */
  find(file: Source): Promise<Found | null>
}

/** A stamp that was found. */
export interface Found {
  /** As it stands in the file: syntax checked, not verified. */
  token: string
  path: string | null
  /** The file without its stamp, byte for byte; ranges are of the stamped file. */
  canonical: Composition
}

/** Longest token, characters. */
export const MAX_TOKEN_LENGTH = 256

/** The name of the stamp file. */
export const STAMP_FILE = 'partner_ref'
