import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { cpuSeconds, startNode } from '../lib/room.mjs'

/** @typedef {import('./worker.mjs').LoadTask} LoadTask */
/** @typedef {import('./worker.mjs').LoadResult} LoadResult */
/** @typedef {LoadResult & { serverCpu: number, clientCpu: number }} Measured cores' worth of CPU, 0 to 1. */

/** The process that loads servers, on a core of its own. */
export class Loader {
  #child = startNode('client', [fileURLToPath(new URL('worker.mjs', import.meta.url))], { ipc: true })

  /**
   * @param {LoadTask} task
   * @param {{ pid: number | undefined, onProgress?: (answered: number) => void }} server
   * @returns {Promise<Measured>}
   * @throws when the server answers anything but what was expected.
   */
  async run(task, { pid, onProgress }) {
    const before = { server: cpuSeconds(pid), client: cpuSeconds(this.#child.pid) }
    const start = performance.now()
    this.#child.send(task)
    for (;;) {
      const [message] = await once(this.#child, 'message')
      if (message.progress !== undefined) {
        onProgress?.(message.progress)
        continue
      }
      if (message.error) throw new Error(message.error)
      const seconds = (performance.now() - start) / 1000
      /** @type {LoadResult} */
      const result = message.result
      if (result.wrong > 0) {
        throw new Error(`${result.wrong} wrong answers from ${task.url}: ${result.firstWrong}`)
      }
      return {
        ...result,
        serverCpu: (cpuSeconds(pid) - before.server) / seconds,
        clientCpu: (cpuSeconds(this.#child.pid) - before.client) / seconds,
      }
    }
  }
}
