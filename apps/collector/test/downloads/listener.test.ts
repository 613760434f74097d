/** Downloads over a real listener: other programs' clients, readers who leave, readers who are slow. */
import { execFile } from 'node:child_process'
import {
  existsSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { makeZip } from '../../../../packages/stamp/test/archives/zip.ts'
import { isHere } from '../../../../packages/stamp/test/readers/machine.ts'
import { type RunningServer, serve } from '../../src/server.ts'
import { cacheFolderOf } from '../../src/services/downloads/cache-folder.ts'
import { bytesOf, FILES, noise, openRig, type Rig, SCRIPT, sha256 } from './rig.ts'

const run = promisify(execFile)
const MEGABYTE = 1024 * 1024
/** Too large for memory, so it is sent from the disk. */
const LARGE = makeZip([
  { name: 'app/' },
  { name: 'app/data', content: Buffer.concat(Array(24).fill(noise(MEGABYTE))) },
])

let rig: Rig
let server: RunningServer
let folder: string
beforeAll(async () => {
  rig = await openRig('sqlite')
  await rig.publish('large.zip', LARGE)
  await rig.publish('small.zip', FILES['app-1.0.zip'] ?? Buffer.alloc(0))
  await rig.publish('install.sh', Buffer.from(SCRIPT))
  server = await serve(rig, '127.0.0.1', 0)
  folder = await mkdtemp(join(tmpdir(), 'sentby-listener-'))
})
afterAll(async () => {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

const curl = (...args: string[]) => run('curl', ['-sS', '--max-time', '60', ...args])
/** Copies that this process holds open. */
const openCopies = () => {
  const copies = cacheFolderOf(rig.databaseUrl)
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(copies)
    } catch {
      return false
    }
  }).length
}
/** Asks for a path and reads nothing of the answer. */
const askAndWait = (path: string) =>
  new Promise<Socket>((resolve, reject) => {
    const { hostname, port } = new URL(server.url)
    const socket = connect(Number(port), hostname)
    socket.once('error', reject)
    socket.write(`GET ${path} HTTP/1.1\r\nhost: ${hostname}:${port}\r\n\r\n`)
    socket.once('readable', () => resolve(socket))
  })

/** What is tested with curl runs where it is installed; everything else of it runs everywhere. */
const WITH_CURL = isHere('curl') && isHere('sha256sum')

describe.each(WITH_CURL ? ['large.zip', 'small.zip'] : [])('%s by curl', (name) => {
  test('curl gets what the headers promise, in one piece and resumed', async () => {
    const url = server.url + (await rig.begin(name))
    const whole = join(folder, `whole-${name}`)
    const headers = join(folder, `headers-${name}`)
    await curl('-D', headers, '-o', whole, url)
    const digest = /repr-digest: sha-256=:([^:]+):/i.exec(readFileSync(headers, 'utf8'))?.[1]
    const bytes = readFileSync(whole)
    expect(digest).toBe(sha256(bytes, 'base64'))
    const length = /content-length: (\d+)/i.exec(readFileSync(headers, 'utf8'))?.[1]
    expect(Number(length)).toBe(bytes.length)
    for (const at of [1, 1000, bytes.length - 1]) {
      const part = join(folder, `part-${name}`)
      writeFileSync(part, bytes)
      truncateSync(part, at)
      await curl('-C', '-', '-o', part, url)
      expect(readFileSync(part).equals(bytes)).toBe(true)
    }
    const head = await curl('-I', url)
    expect(head.stdout).toContain(`content-length: ${bytes.length}`)
    expect(head.stdout).toContain(`repr-digest: sha-256=:${digest}:`)
  })

  test('one connection serves whole, range, HEAD, 304 and 416 one after the other', async () => {
    const url = server.url + (await rig.begin(name))
    const { stdout } = await curl(
      ...['-o', '/dev/null', '-w', '%{http_code} %{num_connects}\n', url],
      ...[
        '--next',
        '-sS',
        '-r',
        '5-9',
        '-o',
        '/dev/null',
        '-w',
        '%{http_code} %{num_connects}\n',
        url,
      ],
      ...['--next', '-sS', '-I', '-o', '/dev/null', '-w', '%{http_code} %{num_connects}\n', url],
      ...['--next', '-sS', '-H', 'if-none-match: *', '-w', '%{http_code} %{num_connects}\n', url],
      ...['--next', '-sS', '-r', '99999999-', '-w', '%{http_code} %{num_connects}\n', url],
    )
    expect(stdout.trim().split('\n')).toEqual(['200 1', '206 0', '200 0', '304 0', '416 0'])
  })
})

test('the bytes of the listener are those of the route', async () => {
  const path = await rig.begin('large.zip')
  const listened = await bytesOf(await fetch(server.url + path))
  const routed = await bytesOf(await rig.app.request(path))
  expect(listened.equals(routed)).toBe(true)
})

describe.each(WITH_CURL ? ['curl'] : [])('%s alone', () => {
  test('sha256sum -c takes SHA256SUMS', async () => {
    await curl('-o', join(folder, 'large.zip'), `${server.url}/f/app/large.zip`)
    await curl('-o', join(folder, 'small.zip'), `${server.url}/f/app/small.zip`)
    await curl('-o', join(folder, 'install.sh'), `${server.url}/f/app/install.sh`)
    await curl('-o', join(folder, 'SHA256SUMS'), `${server.url}/f/app/SHA256SUMS`)
    const { stdout } = await run('sha256sum', ['-c', 'SHA256SUMS'], { cwd: folder })
    expect(stdout.trim().split('\n').sort()).toEqual([
      'install.sh: OK',
      'large.zip: OK',
      'small.zip: OK',
    ])
  })

  test('the form works with curl alone, and the installer in a pipe', async () => {
    const file = join(folder, 'form.zip')
    const { stdout } = await curl(
      ...['-L', '-o', file, '-w', '%{http_code} %{url_effective}'],
      ...['-d', 'code=ja-ne', '-d', 'file=small.zip', `${server.url}/d/app`],
    )
    expect(stdout).toMatch(/^200 http:\/\/127\.0\.0\.1:\d+\/dl\/s1\.[^/]+\/small\.zip$/)
    expect(readFileSync(file).toString('latin1')).toContain(stdout.split('/')[4])
    const said = await run('sh', ['-c', `curl -fsS '${server.url}/i/app.sh?code=JANE' | sh`])
    expect(said.stdout).toMatch(/^stamp: s1\.[A-Za-z0-9._-]+\n$/)
  })

  test('a file is published by curl, and one that is too large is told so while it is sent', async () => {
    const key = `authorization: Bearer ${rig.program.secretKey}`
    const path = join(folder, 'upload.zip')
    writeFileSync(path, makeZip([{ name: 'x/y', content: noise(3 * MEGABYTE, 'upload') }]))
    const url = `${server.url}/v1/products/app/artifacts?file=upload.zip`
    const sent = await curl('-H', key, '-T', path, '-X', 'POST', url)
    expect(JSON.parse(sent.stdout)).toMatchObject({ file: 'upload.zip', format: 'zip' })
    const huge = await curl('-H', key, '-H', 'content-length: 1073741825', '-X', 'POST', url).catch(
      (error: { stdout: string }) => error,
    )
    expect(JSON.parse(huge.stdout)).toMatchObject({ status: 413, code: 'too_large' })
  })
})

test('a reader who leaves takes the open file along', async () => {
  const path = await rig.begin('large.zip')
  const sockets = await Promise.all([1, 2, 3].map(() => askAndWait(path)))
  await vi.waitFor(() => expect(openCopies()).toBe(3))
  for (const socket of sockets) socket.destroy()
  await vi.waitFor(() => expect(openCopies()).toBe(0))
})

test('a hundred readers who stand still cost little memory, and hold nobody up', async () => {
  const path = await rig.begin('large.zip')
  await bytesOf(await fetch(server.url + path))
  global.gc?.()
  const before = process.memoryUsage().rss
  const sockets = await Promise.all(Array.from({ length: 100 }, () => askAndWait(path)))
  await vi.waitFor(() => expect(openCopies()).toBe(100))
  const begun = performance.now()
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
  expect(performance.now() - begun).toBeLessThan(1000)
  const grown = process.memoryUsage().rss - before
  for (const socket of sockets) socket.destroy()
  await vi.waitFor(() => expect(openCopies()).toBe(0))
  // A tenth of one file each would be 240 MB.
  expect(grown).toBeLessThan(120 * MEGABYTE)
})

test('a copy that somebody damaged is made again, for downloads at the same time once', async () => {
  const copy = join(cacheFolderOf(rig.databaseUrl), sha256(LARGE))
  expect(existsSync(copy)).toBe(true)
  writeFileSync(copy, Buffer.concat([Buffer.from('damage'), LARGE.subarray(6)]))
  const answers = await Promise.all(
    [1, 2, 3].map(async () => bytesOf(await fetch(`${server.url}/f/app/large.zip`))),
  )
  for (const bytes of answers) expect(bytes.equals(LARGE)).toBe(true)
  expect(readFileSync(copy).equals(LARGE)).toBe(true)
  await rm(copy)
  expect((await bytesOf(await fetch(`${server.url}/f/app/large.zip`))).equals(LARGE)).toBe(true)
  expect(
    readdirSync(cacheFolderOf(rig.databaseUrl)).filter((name) => name.endsWith('.part')),
  ).toEqual([])
})

test('an upload that breaks off leaves nothing', async () => {
  const { hostname, port } = new URL(server.url)
  const socket = connect(Number(port), hostname)
  socket.write(
    `POST /v1/products/app/artifacts?file=broken.zip HTTP/1.1\r\nhost: ${hostname}\r\n` +
      `authorization: Bearer ${rig.program.secretKey}\r\ncontent-length: 100000\r\n\r\npart`,
  )
  const work = () =>
    readdirSync(cacheFolderOf(rig.databaseUrl)).filter((name) => name.startsWith('work-')).length
  await vi.waitFor(() => expect(work()).toBe(1))
  socket.destroy()
  await vi.waitFor(() => expect(work()).toBe(0))
  expect((await fetch(`${server.url}/f/app/broken.zip`)).status).toBe(404)
})
