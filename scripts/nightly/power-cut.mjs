// Does an acknowledged event survive a power cut? By hand, as root on Linux:
//   node scripts/nightly/power-cut.mjs [--cycles 10] [--control-cycles 10]
// A collector writes to a file system inside an image file that the kernel flushes only when told (commit=300). In the
// middle of load the collector is killed and the image copied before it is unmounted: the copy holds what was
// synchronised, and nothing else, as a disk does after a power cut. The control runs the same with
// synchronous=NORMAL and has to lose events, else this harness sees nothing.
import { execFileSync, spawn } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'

const root = join(import.meta.dirname, '../..')
const PROGRAM = process.env.SENTBY_PROGRAM ?? join(root, 'apps/collector/dist/sentby.js')
const Database = createRequire(join(root, 'packages/store/package.json'))('better-sqlite3')

const IMAGE_MB = 256
const CONNECTIONS = 32
const CLICKING = 8
const LOAD_MS = 2500
const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/143.0.0.0 Safari/537.36'

const { values } = parseArgs({
  options: {
    cycles: { type: 'string', default: '10' },
    'control-cycles': { type: 'string', default: '10' },
  },
})

/** @typedef {{ acked: Set<string>, sent: number }} Load */
/** @typedef {{ child: import('node:child_process').ChildProcess, exited: Promise<unknown>, url: string }} Running */
/** @typedef {(folder: string) => string[]} NodeArgs */

/**
 * Runs a tool; its output is shown only when it fails.
 *
 * @param {string} tool
 * @param {string[]} args
 */
function run(tool, ...args) {
  return execFileSync(tool, args, { stdio: ['ignore', 'pipe', 'pipe'] }).toString()
}

/**
 * Patches better-sqlite3 in the collector's own process, so that the product needs no switch for it.
 *
 * @param {string} folder
 */
function controlPreload(folder) {
  const hook = join(folder, 'normal.mjs')
  const driver = createRequire(join(root, 'packages/store/package.json')).resolve('better-sqlite3')
  writeFileSync(
    hook,
    `import { createRequire } from 'node:module'
const Database = createRequire(import.meta.url)(${JSON.stringify(driver)})
const { pragma } = Database.prototype
Database.prototype.pragma = function (text, options) {
  if (text === 'synchronous = FULL') return pragma.call(this, 'synchronous = NORMAL', options)
  if (text === 'synchronous') return 2
  return pragma.call(this, text, options)
}
`,
  )
  return ['--import', pathToFileURL(hook).href]
}

/**
 * Starts the built collector; resolves with its URL once it listens.
 *
 * @param {string} databaseUrl
 * @param {string[]} nodeArgs
 * @returns {Promise<Running>}
 */
function startCollector(databaseUrl, nodeArgs) {
  const args = [...nodeArgs, PROGRAM, 'serve', '--db', databaseUrl, '--port', '0']
  const child = spawn(process.execPath, args, {
    env: { ...process.env, RATE_LIMITS: 'off' },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const exited = new Promise((resolve) => child.once('exit', resolve))
  return new Promise((resolve, reject) => {
    let log = ''
    child.stderr.on('data', (chunk) => {
      log += chunk
      const url = /"url":"([^"]+)"/.exec(log)?.[1]
      if (url) resolve({ child, exited, url })
    })
    child.once('exit', (code) => reject(new Error(`the collector ended with ${code}:\n${log}`)))
  })
}

/**
 * Sends single sales on many connections until the collector is gone; keeps what was acknowledged.
 *
 * @param {string} url
 * @param {string} key
 * @param {Load} load
 * @param {() => boolean} isOver
 */
async function sendLoad(url, key, load, isOver) {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS + CLICKING })
  const connection = async () => {
    while (!isOver()) {
      const n = load.sent++
      const id = `sale-${n}`
      const customer = `cus_${n % 499}`
      const event = {
        id,
        type: 'sale',
        customer,
        order: `order-${n}`,
        amount: 100,
        currency: 'EUR',
      }
      try {
        if ((await post(agent, `${url}/v1/events`, key, { events: [event] })) === 200)
          load.acked.add(id)
      } catch {
        return
      }
    }
  }
  const clicking = async () => {
    while (!isOver()) if (!(await click(agent, `${url}/r/JANE`))) return
  }
  await Promise.all([
    ...Array.from({ length: CONNECTIONS }, connection),
    ...Array.from({ length: CLICKING }, clicking),
  ])
  agent.destroy()
}

/**
 * Follows a link. Clicks share the database's log with the events, and may fold it into the file: they must not
 * lose an event either.
 *
 * @param {Agent} agent
 * @param {string} url
 * @returns {Promise<boolean>}
 */
function click(agent, url) {
  return new Promise((resolve) => {
    const outgoing = request(url, { agent, headers: { 'user-agent': BROWSER } }, (answer) => {
      answer.resume()
      answer.once('error', () => resolve(false))
      answer.once('end', () => resolve(true))
    })
    outgoing.once('error', () => resolve(false))
    outgoing.end()
  })
}

/**
 * @param {Agent} agent
 * @param {string} url
 * @param {string} key
 * @param {object} body
 * @returns {Promise<number | undefined>}
 */
function post(agent, url, key, body) {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
    const outgoing = request(url, { agent, method: 'POST', headers }, (answer) => {
      answer.resume()
      answer.once('error', reject)
      answer.once('end', () => resolve(answer.statusCode))
    })
    outgoing.once('error', reject)
    outgoing.end(JSON.stringify(body))
  })
}

/**
 * One power cut: image, load, kill, copy, and a look into the copy.
 *
 * @param {NodeArgs} nodeArgsOf
 */
async function cut(nodeArgsOf) {
  const folder = mkdtempSync(join(tmpdir(), 'sentby-power-'))
  const image = join(folder, 'disk')
  const mount = join(folder, 'mount')
  let mounted = false
  /** @type {Running | undefined} */
  let collector
  try {
    mkdirSync(mount)
    run('dd', 'if=/dev/zero', `of=${image}`, 'bs=1M', `count=${IMAGE_MB}`)
    run('mkfs.ext4', '-q', '-F', image)
    run('mount', '-o', 'loop,commit=300', image, mount)
    mounted = true
    const databaseUrl = `file:${join(mount, 'sentby.db')}`
    const site = ['--site', 'https://acme.test/']
    const made = run(
      process.execPath,
      PROGRAM,
      'init',
      '--db',
      databaseUrl,
      '--program',
      'acme',
      ...site,
      '--json',
    )
    const partner = ['--email', 'jane@example.com', '--name', 'Jane', '--code', 'JANE']
    const program = ['--program', 'acme', '--db', databaseUrl]
    run(process.execPath, PROGRAM, 'partner', 'add', ...program, ...partner)
    run('sync', '-f', mount)
    const { secretKey } = JSON.parse(made)
    collector = await startCollector(databaseUrl, nodeArgsOf(folder))
    /** @type {Load} */
    const load = { acked: new Set(), sent: 0 }
    let over = false
    const sending = sendLoad(collector.url, secretKey, load, () => over)
    await new Promise((resolve) => setTimeout(resolve, LOAD_MS))
    collector.child.kill('SIGKILL')
    await collector.exited
    over = true
    await sending
    const copy = join(folder, 'copy')
    copyFileSync(image, copy)
    run('umount', mount)
    mounted = false
    return { acked: load.acked.size, ...look(copy, mount, load.acked) }
  } finally {
    collector?.child.kill('SIGKILL')
    if (mounted) run('umount', mount)
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * Opens the database in the copied image, as the collector would after the power is back.
 *
 * @param {string} copy
 * @param {string} mount
 * @param {Set<string>} acked
 */
function look(copy, mount, acked) {
  run('mount', '-o', 'loop', copy, mount)
  try {
    const database = new Database(join(mount, 'sentby.db'))
    const stored = new Set(database.prepare('select id from fact').pluck().all())
    const intact = database.pragma('integrity_check', { simple: true }) === 'ok'
    database.close()
    return { lost: [...acked].filter((id) => !stored.has(id)).length, stored: stored.size, intact }
  } finally {
    run('umount', mount)
  }
}

/**
 * @param {string} name
 * @param {number} count
 * @param {NodeArgs} nodeArgsOf
 */
async function cycles(name, count, nodeArgsOf) {
  const sum = { acked: 0, lost: 0, losing: 0, broken: 0 }
  for (let cycle = 1; cycle <= count; cycle++) {
    const { acked, lost, stored, intact } = await cut(nodeArgsOf)
    console.log(
      `  ${name} ${cycle}/${count}: ${acked} acknowledged, ${stored} stored, ${lost} lost`,
    )
    sum.acked += acked
    sum.lost += lost
    if (lost > 0) sum.losing++
    if (!intact) sum.broken++
  }
  return sum
}

if (statfsSync(tmpdir()).bavail * statfsSync(tmpdir()).bsize < 4 * IMAGE_MB * 1024 * 1024) {
  throw new Error(`${tmpdir()} needs ${4 * IMAGE_MB} MB of room`)
}
const full = await cycles('FULL', Number(values.cycles), () => [])
const control = await cycles('NORMAL', Number(values['control-cycles']), controlPreload)
console.log(
  `power cut: FULL lost ${full.lost} of ${full.acked} acknowledged events in ${values.cycles} cuts, ` +
    `${full.broken} broken files · control NORMAL lost ${control.lost} of ${control.acked} in ` +
    `${control.losing} of ${values['control-cycles']} cuts`,
)
if (control.losing === 0) console.log('the control lost nothing: this harness is blind here')
process.exitCode = full.lost > 0 || full.broken > 0 || control.losing === 0 ? 1 : 0
