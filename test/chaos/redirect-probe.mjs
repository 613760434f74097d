// A visitor who follows links in turn, in a thread of its own: what it measures is the servers' delay, not that of a
// busy test. Posts {server, status, ms} of each redirect.
import { Agent, request } from 'node:http'
import { parentPort, workerData } from 'node:worker_threads'

/** @type {{ urls: string[], pauseMs: number }} */
const { urls, pauseMs } = workerData
const agent = new Agent({ keepAlive: true, maxSockets: 1 })
const headers = {
  'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
}
let over = false
parentPort?.once('message', () => {
  over = true
})

/**
 * @param {string} url
 * @returns {Promise<{ status: number, ms: number }>}
 */
function redirect(url) {
  const start = performance.now()
  return new Promise((resolve) => {
    const outgoing = request(url, { agent, headers }, (answer) => {
      answer.resume()
      answer.once('end', () => {
        resolve({ status: answer.statusCode ?? 0, ms: performance.now() - start })
      })
    })
    outgoing.once('error', () => resolve({ status: 0, ms: performance.now() - start }))
    outgoing.end()
  })
}

while (!over) {
  for (const [server, url] of urls.entries()) {
    parentPort?.postMessage({ server, ...(await redirect(url)) })
  }
  await new Promise((resolve) => setTimeout(resolve, pauseMs))
}
agent.destroy()
parentPort?.close()
