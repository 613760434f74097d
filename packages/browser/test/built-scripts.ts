import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const room = join(import.meta.dirname, '..')
const tsup = join(dirname(createRequire(import.meta.url).resolve('tsup')), 'cli-default.js')

export interface BuiltScripts {
  s: string
  domains: string
  esm: string
  integrity: Record<string, string>
}

/** Builds what is published, from the sources as they are, into a folder of its own; returns the texts. */
export async function builtScripts(): Promise<BuiltScripts> {
  const folder = await mkdtemp(join(tmpdir(), 'sentby-browser-'))
  try {
    const flags = ['--no-dts', '--silent', '--out-dir', folder]
    await promisify(execFile)(process.execPath, [tsup, ...flags], { cwd: room })
    const read = (name: string) => readFile(join(folder, name), 'utf8')
    return {
      s: await read('s.js'),
      domains: await read('s-domains.js'),
      esm: await read('index.js'),
      integrity: JSON.parse(await read('integrity.json')),
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
