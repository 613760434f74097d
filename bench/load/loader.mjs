import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { coreSeconds, startNode } from '../lib/room.mjs'

/** @typedef {import('./worker.mjs').LoadTask} LoadTask */
/** @typedef {import('./worker.mjs').LoadResult} LoadResult */
/**
 * @typedef {LoadResult & Cores} Measured
 *
 * @typedef {object} Cores
 * @property {number} serverCpu share of a core that the server used, 0 to 1.
 * @property {number} clientCpu the same of the process that loads it.
 * @property {number} serverWaited share of the time that the server waited for its core.
 * @property {number} perCpuSecond requests answered per second of CPU that the server used.
 */

/** The process that loads servers, on a core of its own. */
export class Loader {
  /** Of each round, the share of the time that the server waited for its core. */
  waits = /** @type {number[]} */ ([])
  #child = startNode('client', [fileURLToPath(new URL('worker.mjs', import.meta.url))], {
    ipc: true,
  })

  /**
   * @param {LoadTask} task
   * @param {{ pid: number | undefined, onProgress?: (answered: number) => void }} server
   * @returns {Promise<Measured>}
   * @throws when the server answers anything but what was expected.
   */
  async run(task, { pid, onProgress }) {
    const client = this.#child.pid
    const before = { server: coreSeconds(pid), client: coreSeconds(client) }
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
      const after = { server: coreSeconds(pid), client: coreSeconds(client) }
      const used = after.server.used - before.server.used
      const serverWaited = (after.server.waited - before.server.waited) / seconds
      this.waits.push(serverWaited)
      return {
        ...result,
        serverCpu: used / seconds,
        clientCpu: (after.client.used - before.client.used) / seconds,
        serverWaited,
        perCpuSecond: result.answered / used,
      }
    }
  }
}
