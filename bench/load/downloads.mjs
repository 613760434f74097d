import { setTimeout as sleep } from 'node:timers/promises'
import { quantile } from '../lib/stats.mjs'
import { DownloadReader } from './download-reader.mjs'

/**
 * @typedef {object} DownloadLoad
 * @property {readonly string[]} paths each is downloaded once.
 * @property {boolean} isStamped what every answer must be.
 * @property {'fast' | 'first-bytes' | 'slow'} readers `fast`: whole files, as fast as they come. `first-bytes`: a new
 *   connection each, left as soon as the answer begins. `slow`: a connection each, all at the same time, at a crawl
 *   until all have had an answer for the duration.
 */

/** Large enough to be filled at once, small enough to stay in a core's cache. */
const BUFFER_BYTES = 256 * 1024
/** A slow reader takes this much, four times a second. */
const SLOW_BYTES = 64 * 1024
const SLOW_PAUSE_MS = 250
/** On a busy machine the first answers take their time. */
const MOST_WAIT_MS = 20_000

/**
 * @param {import('./worker.mjs').LoadTask} task
 * @param {DownloadLoad} load
 * @returns {Promise<import('./worker.mjs').LoadResult>}
 */
export async function runDownloads(task, load) {
  const url = new URL(task.url)
  const start = performance.now()
  const ends = await (load.readers === 'slow' ? crawl : readAll)(task, load, url)
  const seconds = (performance.now() - start) / 1000
  const wrong = ends.filter((end) => end.wrong !== '')
  const firstBytes = Float64Array.from(ends, (end) => end.firstByteMs).sort()
  return {
    answered: ends.length,
    perSecond: ends.length / seconds,
    p50: quantile(firstBytes, 0.5),
    p99: quantile(firstBytes, 0.99),
    wrong: wrong.length,
    firstWrong: wrong[0]?.wrong ?? '',
    ids: [],
    bytes: ends.reduce((sum, end) => sum + end.bytes, 0),
    latencies: [...firstBytes],
  }
}

/**
 * @param {import('./worker.mjs').LoadTask} task
 * @param {DownloadLoad} load
 * @param {URL} url
 */
async function readAll({ connections }, { paths, isStamped, readers }, url) {
  const leaves = readers === 'first-bytes'
  const buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES)
  /** @type {import('./download-reader.mjs').DownloadEnd[]} */
  const ends = []
  let next = 0
  const connection = async () => {
    let reader
    for (let path = paths[next++]; path !== undefined; path = paths[next++]) {
      reader ??= await open(url, buffer)
      ends.push(await reader.get(url.host, path, { isStamped, leaves }))
      if (!leaves) continue
      await reader.leave()
      reader = undefined
    }
    await reader?.leave()
  }
  await Promise.all(Array.from({ length: connections }, connection))
  return ends
}

/**
 * @param {import('./worker.mjs').LoadTask} task
 * @param {DownloadLoad} load
 * @param {URL} url
 */
async function crawl({ durationMs }, { paths, isStamped }, url) {
  const buffer = Buffer.allocUnsafeSlow(SLOW_BYTES)
  const readers = await Promise.all(paths.map(() => open(url, buffer, SLOW_PAUSE_MS)))
  const ends = readers.map((reader, index) =>
    reader.get(url.host, paths[index] ?? '', { isStamped }),
  )
  const giveUp = performance.now() + MOST_WAIT_MS
  while (!readers.every((reader) => reader.hasAnswer) && performance.now() < giveUp) {
    await sleep(SLOW_PAUSE_MS)
  }
  await sleep(durationMs)
  await Promise.all(readers.map((reader) => reader.leave()))
  return Promise.all(ends)
}

/** @param {URL} url @param {Buffer} buffer @param {number} [pauseMs] */
async function open(url, buffer, pauseMs) {
  const reader = new DownloadReader(url, buffer, pauseMs)
  await reader.connected()
  return reader
}
