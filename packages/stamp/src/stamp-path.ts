import { STAMP_FILE, StampError } from './types.ts'

/** Longest path, bytes of UTF-8: what a ustar header holds, and far below what a zip does. */
const MAX_PATH_BYTES = 255

/** Says that it stands for the only top-level folder. */
const TOP = '{top}'

/**
 * Checks where a stamp is to stand: relative, `/` between its parts, no empty part, none with a leading dot
 * (`..` and hidden files, which importers drop), no backslash, colon or control character, no space at an end.
 *
 * @returns the path. @throws StampError `bad_path`.
 */
function checkPath(path: string): string {
  const bytes = new TextEncoder().encode(path)
  if (bytes.length > MAX_PATH_BYTES) throw badPath('it is longer than 255 bytes')
  if (!path.isWellFormed()) throw badPath('it is not Unicode')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is refused.
  if (/[\u0000-\u001f\u007f\\:*?"<>|]/.test(path)) throw badPath('a character is not allowed')
  for (const part of path.split('/')) {
    if (part === '') throw badPath('it has an empty part')
    if (part.startsWith('.')) throw badPath('a part begins with a dot')
    if (/[. ]$|^ /.test(part))
      throw badPath('a part begins with a space, or ends with one or a dot')
  }
  return path
}

function badPath(why: string): StampError {
  return new StampError('bad_path', `the stamp's path is refused: ${why}`)
}

/**
 * The stamp's path in an archive.
 *
 * @param path as asked; `{top}` in it stands for the only top-level folder; `undefined`: `partner_ref` in that
 *   folder, or at top level where there is none.
 * @param top the archive's only top-level folder, or `null`.
 * @throws StampError `bad_path`, also where `{top}` is asked for and there is no such folder.
 */
export function resolvePath(path: string | undefined, top: string | null): string {
  if (path === undefined) {
    const usable = top !== null && isUsable(top)
    return usable ? `${top}/${STAMP_FILE}` : STAMP_FILE
  }
  if (!path.includes(TOP)) return checkPath(path)
  if (top === null) throw badPath('it names {top}, and there is no single top-level folder')
  return checkPath(path.replaceAll(TOP, () => top))
}

function isUsable(folder: string): boolean {
  try {
    return checkPath(`${folder}/${STAMP_FILE}`) !== ''
  } catch {
    return false
  }
}

/** An archive's name for a path, as file systems see it: `./a//b/` is `a/b`, and case does not tell apart. */
function sameFile(name: string): string {
  return plainName(name).toLowerCase()
}

/** A name without `.` parts, doubled and trailing slashes; backslashes are slashes. */
export function plainName(name: string): string {
  // Most names are plain, and there may be many.
  if (!/\\|^\/|\/$|\/\/|(?:^|\/)\.(?:\/|$)/.test(name)) return name
  return name
    .replaceAll('\\', '/')
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/')
}

/**
 * Whether an entry of this name stands in the way of a stamp at `path`: the same file, a file where the stamp
 * needs a folder, or something inside of it.
 *
 * @param isFolder whether the entry is a folder, which the stamp's own parents may be.
 */
export function isInTheWay(name: string, isFolder: boolean, path: string): boolean {
  const there = sameFile(name)
  const ours = sameFile(path)
  if (there === ours || there.startsWith(`${ours}/`)) return true
  return !isFolder && there !== '' && ours.startsWith(`${there}/`)
}

/** Finds out, name by name, whether an archive has a single top-level folder. */
export class TopFolder {
  #top: string | null = null
  #several = false

  /** Takes the next entry's name; `isFolder` where it is a folder itself. */
  add(name: string, isFolder: boolean): void {
    const [first, ...rest] = plainName(name).split('/')
    // A `./` of tar says nothing.
    if (first === undefined || first === '') return
    if (rest.length === 0 && !isFolder) this.#several = true
    this.#top ??= first
    if (this.#top !== first) this.#several = true
  }

  /** The only top-level folder, or `null`: none, several, or a file beside it. */
  get name(): string | null {
    return this.#several ? null : this.#top
  }
}
