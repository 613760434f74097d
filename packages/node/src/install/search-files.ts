import { readFile, stat } from 'node:fs/promises'
import { type Claim, type Reading, readStamp, readTyped, readUrl } from './claim.ts'
import { environmentName } from './config.ts'

const STAMP_BYTES = 1024
const CONFIG_BYTES = 64 * 1024
const LOCKFILE_BYTES = 64 * 1024 * 1024

/** Where a package manager noted down what it downloaded. */
export type PackageUrl =
  | string
  /** pip's `direct_url.json` (PEP 610). */
  | { directUrl: string }
  /** npm's `package-lock.json` or `node_modules/.package-lock.json`, and the package's name in it. */
  | { lockfile: string; package: string }

/** A stamp file: at most 1 KiB, one line. Whatever else it holds is ignored, and never run. */
export async function readStampFile(path: string): Promise<Reading> {
  const text = await readSmall(path, STAMP_BYTES)
  return typeof text === 'string' ? readStamp(text) : text
}

/**
 * A configuration file, 64 KiB at most: the key `partner` of a JSON object, else the first line `PARTNER=…`
 * or `<PRODUCT>_PARTNER=…` of an `.env` or ini file, in any case, with or without quotes.
 */
export async function readConfigFile(path: string, product: string): Promise<Reading> {
  const text = await readSmall(path, CONFIG_BYTES)
  if (typeof text !== 'string') return text
  if (/^\s*\{/.test(text)) {
    const json = readJson(text)
    if (json === undefined) return { ignored: 'unreadable' }
    const partner = json['partner']
    if (partner === undefined || partner === null || partner === false) return undefined
    return typeof partner === 'string' ? readTyped(partner) : { ignored: 'not_a_code' }
  }
  const name = environmentName(product)
  const line = new RegExp(`^[ \\t]*(?:export )?(?:${name}_)?PARTNER[ \\t]*=[ \\t]*(.*)$`, 'im')
  const value = line.exec(text)?.[1]?.trim()
  return readTyped(value?.replace(/^["']|["']$/g, ''))
}

/** The claim in the address that a package manager remembered; nothing where there is none. */
export async function readPackageUrl(from: PackageUrl): Promise<Claim | undefined> {
  if (typeof from === 'string') return readUrl(from)
  if ('directUrl' in from) {
    const text = await readSmall(from.directUrl, CONFIG_BYTES)
    const url = typeof text === 'string' ? readJson(text)?.['url'] : undefined
    return typeof url === 'string' ? readUrl(url) : undefined
  }
  const text = await readSmall(from.lockfile, LOCKFILE_BYTES)
  const packages = typeof text === 'string' ? readJson(text)?.['packages'] : undefined
  const entry = isObject(packages) ? packages[`node_modules/${from.package}`] : undefined
  const resolved = isObject(entry) ? entry['resolved'] : undefined
  return typeof resolved === 'string' ? readUrl(resolved) : undefined
}

/** The text of a regular file; `undefined` where there is none. A pipe or a device is never opened. */
async function readSmall(path: string, maxBytes: number): Promise<string | Reading> {
  try {
    const { size } = await stat(path).then((found) => (found.isFile() ? found : { size: -1 }))
    if (size < 0 || size > maxBytes) return { ignored: 'unreadable' }
    return await readFile(path, 'latin1')
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    return isMissing ? undefined : { ignored: 'unreadable' }
  }
}

function readJson(latin1: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(latin1, 'latin1').toString('utf8'))
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
