import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A Chromium that starts here, and the environment that it needs to start. */
export type ChromiumBinary = { executablePath: string; env: Record<string, string> }

const INSTALL_ONE = 'install Chromium or Chrome, or name one in SENTBY_TEST_CHROMIUM.'
const MAC = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

/**
 * Finds a Chromium: the one that `SENTBY_TEST_CHROMIUM` names, the system's own, or else the one that npm's
 * `@sparticuz/chromium` carries, unpacked once into `node_modules/.cache`.
 */
export async function findChromium(): Promise<ChromiumBinary> {
  const named = process.env['SENTBY_TEST_CHROMIUM']
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  const paths = folders.flatMap((folder) => NAMES.map((name) => join(folder, name)))
  const system = named ?? [...paths, MAC].find((path) => existsSync(path))
  if (system) return { executablePath: system, env: inherited() }
  return unpackedChromium()
}

async function unpackedChromium(): Promise<ChromiumBinary> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(`npm has no Chromium for this machine: ${INSTALL_ONE}`)
  }
  const entry = createRequire(import.meta.url).resolve('@sparticuz/chromium')
  const version = await versionOf(entry)
  const cache = join(import.meta.dirname, '../../node_modules/.cache')
  const home = join(cache, `chromium-${version}`)
  if (!existsSync(home)) await unpack(entry, cache, home)
  // A bare machine lacks NSS and its like: they come with the package, made for Amazon Linux.
  const env = {
    ...inherited(),
    LD_LIBRARY_PATH: join(home, 'al2023/lib'),
    FONTCONFIG_PATH: join(home, 'fonts'),
  }
  return { executablePath: join(home, 'chromium'), env }
}

/** Unpacks beside the goal and renames at the end: a run that is cut off, or a second one, does no harm. */
async function unpack(entry: string, cache: string, home: string): Promise<void> {
  await mkdir(cache, { recursive: true })
  const folder = await mkdtemp(join(cache, 'chromium-unpacking-'))
  const script = `const m = await import(${JSON.stringify(pathToFileURL(entry).href)})
    await m.default.executablePath()`
  // It unpacks to the temporary folder, and its libraries only where it believes to be on Lambda.
  const env = { ...process.env, TMPDIR: folder, AWS_LAMBDA_JS_RUNTIME: 'nodejs20.x' }
  await run(process.execPath, ['--input-type=module', '-e', script], { env })
  await writeFile(join(folder, 'fonts/fonts.conf'), fontsOf(home))
  await rename(folder, home).catch(async (error: unknown) => {
    await rm(folder, { recursive: true, force: true })
    if (!existsSync(home)) throw error
  })
  await removeOlder(cache, home)
}

/** The package's own list of font folders knows only Lambda's, and pages would show no letter. */
function fontsOf(home: string): string {
  const folders = [join(home, 'fonts'), '/usr/share/fonts'].map((path) => `<dir>${path}</dir>`)
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>${folders.join('')}<cachedir>${join(home, 'fonts-cache')}</cachedir></fontconfig>
`
}

async function removeOlder(cache: string, home: string): Promise<void> {
  for (const name of await readdir(cache)) {
    const path = join(cache, name)
    const old = /^chromium-\d/.test(name) && path !== home
    if (old) await rm(path, { recursive: true, force: true })
  }
}

async function versionOf(entry: string): Promise<string> {
  const manifest = join(dirname(entry), '../../package.json')
  const { version }: { version: string } = JSON.parse(await readFile(manifest, 'utf8'))
  return version
}

function inherited(): Record<string, string> {
  const entries = Object.entries(process.env)
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => !!entry[1]))
}
