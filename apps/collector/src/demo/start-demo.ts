/** `serve --demo`: a program with partners, and the shop of `examples/shop`, in one command. */
import { createServer } from 'node:net'
import type { Collector } from '../open-collector.ts'
import { linkUrl } from '../services/configuration/link-url.ts'
import { openDemoKeys } from './demo-keys.ts'
import { addDemoPartners, DEMO_CODES, openDemoProgram } from './demo-program.ts'
import { loadShop } from './load-shop.ts'

export interface RunningDemo {
  shop: string
  /** A partner's link, for following. */
  partnerLink: string
  /** Where the shop shows who is credited with this browser's customer, and why. */
  creditPage: string
  /** Closes the shop; before the collector, which it still tells what waits. */
  stop(): Promise<void>
}

/**
 * Starts the demo beside a collector that listens. An empty database gets the demo program; a later start
 * finds it again.
 *
 * @param host the address that the collector listens on; the shop takes the same and DEMO_PORT.
 * @param collectorUrl where the collector listens.
 * @throws DemoError where there is no shop, or the database is somebody's; the system's error when
 *   DEMO_PORT cannot be had.
 */
export async function startDemo(
  collector: Collector,
  host: string,
  collectorUrl: string,
): Promise<RunningDemo> {
  const { deps } = collector
  const { startShop } = await loadShop()
  const port = deps.config.demoPort || (await freePort(host))
  const site = siteUrl(host, port, deps.publicUrl())
  const { id, made } = await openDemoProgram(deps, site)
  const keys = await openDemoKeys(deps, id, made)
  await addDemoPartners(collector, id, keys, site)
  const program = deps.directory.program(id)
  if (!program) throw new Error('the demo program is gone')
  const links = DEMO_CODES.map(({ code, label }) => ({ label, url: linkUrl(deps, program, code) }))
  const shop = await startShop({
    endpoint: reachable(collectorUrl),
    publicEndpoint: reachable(deps.publicUrl()),
    key: keys.secretKey,
    publishableKey: keys.publishableKey,
    host,
    port,
    demoLinks: links,
    log: (line) => deps.log.warn(`demo shop: ${line}`),
  })
  return {
    shop: site,
    partnerLink: linkUrl(deps, program, DEMO_CODES[0]?.code ?? ''),
    creditPage: new URL('/credit', site).href,
    async stop() {
      await shop.close()
      await keys.release()
    },
  }
}

/** The lines that `serve --demo` prints. */
export function demoLines({ shop, partnerLink, creditPage }: RunningDemo): string[] {
  return [
    `Demo shop        ${shop}`,
    `Partner's link   ${partnerLink}`,
    `Who gets credit  ${creditPage}`,
  ]
}

const WILDCARD = /^(0\.0\.0\.0|::|\[::\])$/

/** Where browsers find the shop: beside the collector. */
function siteUrl(host: string, port: number, publicUrl: string): string {
  const { hostname } = new URL(reachable(publicUrl))
  const name = WILDCARD.test(host) ? hostname : host.includes(':') ? `[${host}]` : host
  return `http://${name}:${port}/`
}

/** "All addresses" is no address to go to. */
function reachable(url: string): string {
  const parsed = new URL(url)
  if (WILDCARD.test(parsed.hostname)) parsed.hostname = '127.0.0.1'
  return parsed.href.replace(/\/$/, '')
}

function freePort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, host, () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
