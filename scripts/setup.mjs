// npm run setup: from a bare checkout to built packages, with Node and npm alone. What it says goes to stderr, so
// that programs which set up first keep their stdout for themselves.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { buildFingerprint, installFingerprint, packageFolders } from './fingerprint.mjs'
import { root, runCommand } from './run-command.mjs'

const PNPM = '10.34.9'
const PNPM_HOME = join(root, '.tools/node_modules/pnpm')
const STAMP = join(root, 'node_modules/.sentby-setup')

/** What a step that failed has to say to a person. */
class SetupError extends Error {}

/**
 * Installs the pinned pnpm and the dependencies and builds the packages; does only what has changed since
 * the last time. Says why when something fails, and then by default ends the process with code 1.
 */
export async function setup(onFailure = () => process.exit(1)) {
  try {
    requireNode()
    await installPnpm()
    await installDependencies()
    await buildPackages()
  } catch (error) {
    if (!(error instanceof SetupError)) throw error
    console.error(`\nsetup failed: ${error.message}`)
    onFailure()
  }
}

function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 19)) return
  throw new SetupError(`Sentby needs Node 20.19 or newer; this is ${process.version}.`)
}

async function installPnpm() {
  if (readJson(join(PNPM_HOME, 'package.json'))?.version === PNPM) return
  // A manifest of its own, or npm would take the one above for the project.
  mkdirSync(join(root, '.tools'), { recursive: true })
  const quiet = ['--no-save', '--no-package-lock', '--no-audit', '--no-fund', '--loglevel=error']
  const args = ['install', '--prefix', join(root, '.tools'), ...quiet, `pnpm@${PNPM}`]
  await step(`installing pnpm ${PNPM} into .tools`, 'npm', args)
}

async function installDependencies() {
  const install = installFingerprint()
  const before = readJson(STAMP)
  if (before?.install === install && existsSync(join(root, 'node_modules/.modules.yaml'))) return
  const title = 'installing the dependencies (the first time about two minutes: SQLite is compiled)'
  await pnpm(title, ['install', '--frozen-lockfile'])
  const node = process.versions.modules
  if (before && before.node !== node) {
    await pnpm(`compiling the native packages for Node ${process.version}`, ['rebuild', '-r'])
  }
  writeStamp({ install, node })
}

async function buildPackages() {
  const build = buildFingerprint()
  const before = readJson(STAMP)
  if (before?.build === build && missingBuilds().length === 0) return
  await pnpm('building the packages', ['-r', '--workspace-concurrency=2', 'run', 'build'])
  const missing = missingBuilds()
  if (missing.length > 0) throw new SetupError(`no dist/ came out of ${missing.join(', ')}.`)
  writeStamp({ ...before, build })
}

/** The packages that have a build script and no build. */
function missingBuilds() {
  return packageFolders().filter((folder) => {
    const manifest = readJson(join(root, folder, 'package.json'))
    return manifest?.scripts?.build && !existsSync(join(root, folder, 'dist'))
  })
}

/**
 * @param {string} title
 * @param {string[]} args
 */
function pnpm(title, args) {
  return step(title, process.execPath, [join(PNPM_HOME, 'bin/pnpm.cjs'), ...args])
}

/**
 * Says what it does, does it, and shows the output only when it fails.
 *
 * @param {string} title
 * @param {string} command
 * @param {string[]} args
 */
async function step(title, command, args) {
  console.error(`setup: ${title} …`)
  const start = performance.now()
  const { code, output } = await runCommand(command, args, { env: environment() })
  if (code !== 0) throw new SetupError(`${title}: exit code ${code}\n\n${output.trim()}`)
  console.error(`setup: done in ${((performance.now() - start) / 1000).toFixed(1)} s`)
}

// Under `npm run`, npm tells its children about itself and the command it runs, and pnpm would take that for its own
// settings. What a person sets (registry, proxy, certificates, nodedir, cache) stays.
const OF_NPM =
  /^npm_(package|lifecycle)_|^npm_(command|execpath|node_execpath)$|^npm_config_(prefix|local_prefix|global_prefix|globalconfig|init_module|node_gyp|user_agent|npm_version|loglevel|noproxy)$/

function environment() {
  const kept = Object.entries(process.env).filter(([name]) => !OF_NPM.test(name))
  return { ...Object.fromEntries(kept), CI: 'true' }
}

/**
 * @param {string} path
 * @returns {any} `undefined` when there is no such file, or no JSON in it.
 */
function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}

/** @param {{ install?: string, build?: string, node?: string | undefined }} stamp */
function writeStamp(stamp) {
  writeFileSync(STAMP, `${JSON.stringify(stamp)}\n`)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await setup()
  console.error('setup: everything is ready')
}
