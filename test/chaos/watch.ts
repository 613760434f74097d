/** Watches a collector from outside while something is done to it. */
import { Agent } from 'node:http'
import { Worker } from 'node:worker_threads'
import type { CollectorProcess } from './collector-process.ts'
import { pause, send } from './load.ts'

export interface Redirect {
  status: number
  ms: number
}

export interface Seen {
  redirects: Redirect[]
  /** Redirects of a bare server at the same time: what the machine itself cost. */
  bare: Redirect[]
  /** The highest resident memory. */
  rssMb: number
}

export interface Watch {
  health(): Promise<{ healthz: number; readyz: number }>
  end(): Promise<Seen>
}

/** Follows a link again and again, beside one of a bare server, and reads the collector's memory. */
export async function startWatch(collector: CollectorProcess, code: string): Promise<Watch> {
  const agent = new Agent({ keepAlive: true, maxSockets: 3 })
  const bareServer = new Worker(new URL('./bare-server.mjs', import.meta.url))
  const port = await new Promise((resolve) => bareServer.once('message', resolve))
  const urls = [`${collector.url}/r/${code}`, `http://127.0.0.1:${port}/`]
  const probe = new Worker(new URL('./redirect-probe.mjs', import.meta.url), {
    workerData: { urls, pauseMs: 10 },
  })
  const probeEnded = new Promise((resolve) => probe.once('exit', resolve))
  const lists: [Redirect[], Redirect[]] = [[], []]
  probe.on('message', ({ server, status, ms }: Redirect & { server: 0 | 1 }) => {
    lists[server].push({ status, ms })
  })
  let rssMb = 0
  let over = false
  const weighing = (async () => {
    while (!over) {
      const { body } = await send(agent, `${collector.url}/metrics`)
      const bytes = /^sentby_process_resident_memory_bytes (\S+)/m.exec(body)?.[1]
      rssMb = Math.max(rssMb, Number(bytes) / 1024 / 1024)
      await pause(200)
    }
  })()
  const statusOf = async (path: string) => (await send(agent, `${collector.url}${path}`)).status
  return {
    health: async () => ({
      healthz: await statusOf('/healthz'),
      readyz: await statusOf('/readyz'),
    }),
    async end() {
      over = true
      probe.postMessage('end')
      await Promise.all([probeEnded, weighing])
      bareServer.postMessage('end')
      agent.destroy()
      const [redirects, bare] = lists
      return { redirects, bare, rssMb }
    },
  }
}
