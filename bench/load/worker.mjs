// Loads a server over keep-alive connections, one request at a time on each; told what to do by messages.
// A client of its own, because a general one takes as much CPU as the server that it is to measure.
import { connect } from 'node:net'
import { quantile } from '../lib/stats.mjs'
import { AnswerReader } from './answer-reader.mjs'
import { runDownloads } from './downloads.mjs'
import { eventRequests } from './events.mjs'
import { readRequests } from './reads.mjs'
import { redirectRequests } from './redirects.mjs'

/**
 * @typedef {object} LoadTask
 * @property {string} url
 * @property {number} connections
 * @property {number} durationMs
 * @property {import('./events.mjs').EventLoad} [events] absent: redirects.
 * @property {import('./reads.mjs').ReadLoad} [reads] instead of both: answers of the API.
 * @property {import('./downloads.mjs').DownloadLoad} [downloads] instead of all.
 * @property {boolean} [tellIds] answer with the ids of acknowledged events, and take a broken connection
 *   for the end: the server is about to be killed.
 * @property {boolean} [echo] the answer is the request's body.
 */

/**
 * @typedef {object} LoadResult
 * @property {number} answered
 * @property {number} perSecond requests answered within the duration.
 * @property {number} p50 milliseconds; of downloads, to the first byte.
 * @property {number} p99
 * @property {number} wrong answers that were not as expected.
 * @property {string} firstWrong
 * @property {string[]} ids
 * @property {number} [bytes] of the bodies of downloads.
 * @property {number[]} [latencies] all of them, of downloads.
 */

/**
 * @param {LoadTask} task
 * @returns {Promise<LoadResult>}
 */
async function run(task) {
  const { hostname, port, host } = new URL(task.url)
  const state = {
    answered: 0,
    inTime: 0,
    wrong: 0,
    firstWrong: '',
    ids: /** @type {string[]} */ ([]),
    latencies: new Float64Array(1 << 20),
    deadline: Infinity,
  }
  const same = task.reads
    ? readRequests(task.reads, host)
    : task.events
      ? undefined
      : redirectRequests(host)
  const expected = task.events && !task.echo ? task.events.batch : 0
  const clients = await Promise.all(
    Array.from({ length: task.connections }, async (_, index) => {
      const socket = connect(Number(port), hostname)
      socket.setNoDelay(true)
      await new Promise((resolve, reject) => {
        socket.once('connect', resolve)
        socket.once('error', reject)
      })
      const next = task.events ? eventRequests(task.events, host, index) : same
      if (!next) throw new Error('nothing to send')
      return client(socket, next, expected, task, state)
    }),
  )
  const progress = setInterval(() => process.send?.({ progress: state.answered }), 100)
  const start = performance.now()
  state.deadline = start + task.durationMs
  await Promise.all(clients.map((go) => go()))
  clearInterval(progress)
  const latencies = state.latencies.subarray(0, state.answered).sort()
  return {
    answered: state.answered,
    perSecond: state.inTime / (task.durationMs / 1000),
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    wrong: state.wrong,
    firstWrong: state.firstWrong,
    ids: state.ids,
  }
}

/**
 * @param {import('node:net').Socket} socket
 * @param {() => { bytes: Buffer, ids: string[] }} next
 * @param {number} expected events that an answer must say are stored.
 * @param {LoadTask} task
 * @param {any} state
 */
function client(socket, next, expected, task, state) {
  return () =>
    new Promise((resolve) => {
      const reader = new AnswerReader()
      let sentAt = 0
      /** @type {string[]} */
      let ids = []
      const send = () => {
        const request = next()
        ids = request.ids
        sentAt = performance.now()
        socket.write(request.bytes)
      }
      socket.on('data', (chunk) => {
        if (!reader.take(chunk)) return
        const now = performance.now()
        if (state.answered < state.latencies.length) state.latencies[state.answered] = now - sentAt
        state.answered++
        if (now <= state.deadline) state.inTime++
        if (!reader.isAsExpected(task.events || task.reads ? 200 : 302, expected)) {
          state.wrong++
          state.firstWrong ||= reader.text
        } else if (task.tellIds) state.ids.push(...ids)
        reader.reset()
        if (now < state.deadline) send()
        else socket.end()
      })
      socket.on('error', () => {})
      socket.on('close', () => {
        if (performance.now() < state.deadline && !task.tellIds) {
          state.wrong++
          state.firstWrong ||= 'the server closed a connection'
        }
        resolve(undefined)
      })
      send()
    })
}

process.on('message', (message) => {
  const task = /** @type {LoadTask} */ (message)
  const running = task.downloads ? runDownloads(task, task.downloads) : run(task)
  running.then(
    (result) => process.send?.({ result }),
    (error) => process.send?.({ error: String(error) }),
  )
})
