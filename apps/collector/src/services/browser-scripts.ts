/** The browser scripts as they are served: bytes, compressed forms, digests. Read once, at the first request. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompress, gzip } from 'node:zlib'

/** `s.js` is the script; `s-domains.js` also links a vendor's own domains. */
export const SCRIPT_NAMES = ['s.js', 's-domains.js'] as const
export type ScriptName = (typeof SCRIPT_NAMES)[number]

export interface Script {
  name: ScriptName
  version: string
  /** The file's name under `/s/`, which never means other bytes: `{version}.{hash}.js`. */
  immutableName: string
  /** `sha384-…` for a tag's `integrity`. */
  integrity: string
  bytes: { identity: Buffer; gzip: Buffer; br: Buffer }
}

/**
 * Reads the built scripts: beside the bundle where it was packed, else from the package in this workspace.
 *
 * @throws what the file system says when they were not built.
 */
export async function readScripts(): Promise<Script[]> {
  const folder = findFolder()
  const { version } = JSON.parse(await readFile(folder.manifest, 'utf8')) as { version: string }
  return Promise.all(
    SCRIPT_NAMES.map(async (name) =>
      toScript(name, version, await readFile(join(folder.scripts, name))),
    ),
  )
}

function findFolder(): { scripts: string; manifest: string } {
  const packed = join(dirname(fileURLToPath(import.meta.url)), 'browser')
  if (existsSync(packed)) return { scripts: packed, manifest: join(packed, 'package.json') }
  const manifest = createRequire(import.meta.url).resolve('@sentby/browser/package.json')
  return { scripts: join(dirname(manifest), 'dist'), manifest }
}

async function toScript(name: ScriptName, version: string, identity: Buffer): Promise<Script> {
  const hash = createHash('sha256').update(identity).digest('hex').slice(0, 16)
  return {
    name,
    version,
    immutableName: `${version}.${hash}.js`,
    integrity: `sha384-${createHash('sha384').update(identity).digest('base64')}`,
    bytes: {
      identity,
      gzip: await promisify(gzip)(identity, { level: 9 }),
      br: await promisify(brotliCompress)(identity),
    },
  }
}

/** The coding to answer with, by `Accept-Encoding` (RFC 9110 §12.5.3): the smallest that is acceptable. */
export function pickCoding(accept: string | undefined): 'br' | 'gzip' | 'identity' {
  const weights = new Map<string, number>()
  for (const part of (accept ?? '').split(',')) {
    const [coding = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase())
    const weight = parameters.find((parameter) => parameter.startsWith('q='))
    if (coding !== '') weights.set(coding, weight === undefined ? 1 : Number(weight.slice(2)))
  }
  for (const coding of ['br', 'gzip'] as const) {
    if ((weights.get(coding) ?? weights.get('*') ?? 0) > 0) return coding
  }
  return 'identity'
}
