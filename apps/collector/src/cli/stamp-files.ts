/** Files that the stamp commands read and write. */
import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import {
  type Composition,
  composedStream,
  type FileSource,
  fileSource,
  type Source,
  StampError,
} from '@sentby/stamp'
import { Refusal } from '../services/refusal.ts'
import { WrongUse } from './io.ts'

/** What the stamp package is told of a file: its name, and the path that was chosen. */
export function fileOptions(path: string, options: { path?: string }) {
  const name = basename(path)
  return options.path === undefined ? { name } : { name, path: options.path }
}

/**
 * Opens a file, runs `work` and closes.
 *
 * @throws WrongUse when it cannot be opened, Refusal for what the file is, with the code of the stamp package in its text.
 */
export async function withFile<T>(
  path: string,
  work: (source: FileSource) => Promise<T>,
): Promise<T> {
  const source = await fileSource(path).catch((error: unknown) => {
    throw error instanceof StampError ? error : new WrongUse(`${path} cannot be opened`)
  })
  try {
    return await work(source)
  } catch (error) {
    if (!(error instanceof StampError)) throw error
    throw new Refusal('invalid_request', { detail: `${error.code}: ${error.message}` })
  } finally {
    await source.close()
  }
}

/**
 * Writes a composition under another name first, so an existing file is replaced as a whole or not at all.
 *
 * @returns its SHA-256, hex. @throws WrongUse when it would write over what it reads.
 */
export async function write(
  input: string,
  output: string,
  composition: Composition,
  source: Source,
): Promise<string> {
  if (resolve(input) === resolve(output)) throw new WrongUse('--output: not the file itself')
  const unfinished = `${output}.${process.pid}.part`
  const digest = createHash('sha256')
  const bytes = async function* () {
    for await (const chunk of composedStream(composition, source)) {
      digest.update(chunk)
      yield chunk
    }
  }
  try {
    await pipeline(Readable.from(bytes(), { objectMode: false }), createWriteStream(unfinished))
    await rename(unfinished, output)
  } catch (error) {
    await rm(unfinished, { force: true })
    throw error
  }
  return digest.digest('hex')
}
