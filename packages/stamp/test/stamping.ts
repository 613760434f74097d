import {
  bufferSource,
  composedSource,
  type FileOptions,
  planFile,
  readStamp,
  StampError,
  type StampErrorCode,
  stamp,
  unstamp,
} from '../src/index.ts'

/** Tokens of the right form; nobody signed them. */
export const TOKEN = 's1.kid123.scope.JANE.dwn_1.-.t3st.0.mac'
export const OTHER_TOKEN = 's1.kid123.scope.LEA.dwn_22.-.t3st.0.another-mac'

/** A stamped copy of a file. */
export async function stampBytes(
  base: Uint8Array,
  token = TOKEN,
  options: FileOptions = {},
): Promise<Buffer> {
  const planned = await planFile(bufferSource(base), options)
  const file = composedSource(stamp(planned.plan, token), planned.base)
  return Buffer.from(await file.read(0, file.size))
}

/** A file without its stamp. */
export async function unstampBytes(file: Uint8Array, options: FileOptions = {}): Promise<Buffer> {
  const source = bufferSource(file)
  const canonical = composedSource(await unstamp(source, options), source)
  return Buffer.from(await canonical.read(0, canonical.size))
}

/** The token in a file, or `null`. */
export async function tokenOf(file: Uint8Array, options: FileOptions = {}): Promise<string | null> {
  return (await readStamp(bufferSource(file), options))?.token ?? null
}

/** The code of the StampError that `work` ends with, or `null` where it does its work; other errors pass through. */
export async function refusal(work: () => Promise<unknown>): Promise<StampErrorCode | null> {
  try {
    await work()
    return null
  } catch (error) {
    if (error instanceof StampError) return error.code
    throw error
  }
}

/** How often `text` stands in `bytes`. */
export function countOf(bytes: Uint8Array, text: string): number {
  return Buffer.from(bytes).toString('latin1').split(text).length - 1
}
