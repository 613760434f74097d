import { isInTheWay, plainName, resolvePath, TopFolder } from './stamp-path.ts'
import { StampError } from './types.ts'

/** Works out where in an archive the stamp may stand, entry by entry, without keeping their names. */
export class StampPlace {
  readonly #path: string | undefined
  readonly #top = new TopFolder()
  /** The paths that may come out, and whether an entry stands in the way of each. */
  #candidates: Map<string, boolean> | null = null

  /** @param path as asked, see `Stamper.plan`. */
  constructor(path: string | undefined) {
    this.#path = path
  }

  /** Takes the next entry. */
  add(name: string, isFolder: boolean): void {
    this.#top.add(name, isFolder)
    const [first] = plainName(name).split('/')
    if (first) this.#candidates ??= this.#resolveFor([first, null])
    for (const [path, taken] of this.#candidates ?? []) {
      if (!taken && isInTheWay(name, isFolder, path)) this.#candidates?.set(path, true)
    }
  }

  /** The stamp's path. @throws StampError `bad_path`, `path_taken`. */
  resolve(): string {
    const path = resolvePath(this.#path, this.#top.name)
    if (this.#candidates?.get(path)) {
      throw new StampError('path_taken', `the archive has an entry where ${path} is to stand`)
    }
    return path
  }

  #resolveFor(tops: readonly (string | null)[]): Map<string, boolean> {
    const paths = new Map<string, boolean>()
    for (const top of tops) {
      try {
        paths.set(resolvePath(this.#path, top), false)
      } catch (error) {
        // Whether this one is asked for shows at the end.
        if (!(error instanceof StampError)) throw error
      }
    }
    return paths
  }
}
