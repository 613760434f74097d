import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** One call of a client: what the installer was given, and what the product says. */
export interface Case {
  product: string
  flag: string
  answer: string
  env: Record<string, string>
  config: string[]
  stamps: string[]
  url: string | null
  self: string | null
  endpoint?: string
  key?: string
  store?: string | null
  version?: string | null
  consent?: boolean | 'notice' | null
  /** Seconds. */
  timeout?: number
}

export interface Line {
  product: string
  install: string
  at: string
  claims: string[]
  version?: string
  parent?: string
}

export const CONTRIB = fileURLToPath(new URL('../../../../contrib', import.meta.url))

/** What nothing was given to. */
export const emptyCase: Case = {
  product: 'acme-pbx',
  flag: '',
  answer: '',
  env: {},
  config: [],
  stamps: [],
  url: null,
  self: null,
}

/** The table that all clients are held to. */
export const conformance: Conformance = JSON.parse(
  readFileSync(join(CONTRIB, 'conformance.json'), 'utf8'),
)

interface FileCase {
  name?: string
  text?: string
  base64?: string
  padding?: number
}

export interface Given {
  title: string
  product?: string
  flag?: string
  answer?: string
  env?: Record<string, string>
  config?: FileCase[]
  stamps?: FileCase[]
  url?: string
  self?: string
  consent?: boolean | 'notice' | null
}

interface Conformance {
  search: (Given & { claims: string[]; chosen: string | null })[]
  lines: (Line & { title: string; line: string })[]
  bodies: (Given & { version?: string; kept: string[]; body: string })[]
  silent: (Given & { reason: string })[]
  sent: Given[]
}

/** A case of the table with its files written into a folder of its own. */
export function laidOut(given: Given, folder: string): Case {
  mkdirSync(folder, { recursive: true })
  const written = (files: FileCase[] = [], kind: string) =>
    files.map((file, n) => {
      const path = join(folder, `${kind}-${n}-${file.name ?? 'partner_ref'}`)
      const text = file.base64 ? Buffer.from(file.base64, 'base64') : Buffer.from(file.text ?? '')
      const bytes = Buffer.concat([text, Buffer.alloc(file.padding ?? 0, '#')])
      if (file.text !== undefined || file.base64 !== undefined) writeFileSync(path, bytes)
      return path
    })
  return {
    product: given.product ?? emptyCase.product,
    flag: given.flag ?? '',
    answer: given.answer ?? '',
    env: given.env ?? {},
    config: written(given.config, 'config'),
    stamps: written(given.stamps, 'stamp'),
    url: given.url ?? null,
    self: given.self ?? null,
    ...(given.consent !== undefined && { consent: given.consent }),
  }
}
