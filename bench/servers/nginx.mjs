import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { end, startProgram } from '../lib/room.mjs'

const START_MS = 5000

/** Where it is installed, beside what is in PATH: Debian keeps it where only root looks. */
const PROGRAMS = ['nginx', '/usr/sbin/nginx', '/usr/local/sbin/nginx']

/**
 * nginx with a folder of static files, one process that sends them by sendfile.
 *
 * @param {string} folder for what it writes itself.
 * @param {string} files
 * @returns {Promise<import('./start-server.mjs').RunningServer | undefined>} `undefined` where it is not installed.
 */
export async function startNginx(folder, files) {
  const program = PROGRAMS.find((name) => spawnSync(name, ['-v']).status === 0)
  if (program === undefined) return undefined
  mkdirSync(folder, { recursive: true })
  const port = await findFreePort()
  const configuration = join(folder, 'nginx.conf')
  writeFileSync(configuration, configure(folder, files, port))
  const child = startProgram('server', [program, '-p', folder, '-e', 'stderr', '-c', configuration])
  child.stdout?.resume()
  let said = ''
  child.stderr?.on('data', (text) => {
    said += text
  })
  for (const giveUp = performance.now() + START_MS; !(await answers(port)); await sleep(20)) {
    const isGone = child.exitCode !== null || child.signalCode !== null
    if (isGone || performance.now() > giveUp) throw new Error(`nginx does not listen: ${said}`)
  }
  const stop = (/** @type {NodeJS.Signals | undefined} */ signal) => end(child, signal)
  return { url: `http://127.0.0.1:${port}`, pid: child.pid, stop }
}

/** @param {string} folder @param {string} files @param {number} port */
function configure(folder, files, port) {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  return `daemon off;
master_process off;
pid ${folder}/nginx.pid;
events { worker_connections 512; }
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join('\n  ')}
  server {
    listen 127.0.0.1:${port};
    root ${files};
  }
}
`
}

/** nginx does not tell which port it was given. */
async function findFreePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** @param {number} port @returns {Promise<boolean>} */
function answers(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('error', () => resolve(false))
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })
}
