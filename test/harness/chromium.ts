import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { type Browser, chromium } from 'playwright-core'
import { findChromium } from './chromium-binary.ts'

const run = promisify(execFile)

/** What a test may set about its browser. */
export type ChromiumOptions = {
  /** Ports of local servers by host name: `{ 'acme.test': 4711 }` serves `http://acme.test/` without a port. */
  hosts?: Readonly<Record<string, number>>
  /** More command-line switches. */
  args?: readonly string[]
}

const SWITCHES = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/**
 * Starts a real Chromium that looks like a person's: an ordinary User-Agent and a working back-forward
 * cache. Every host name leads to 127.0.0.1, so it can't reach the network.
 *
 * @returns Playwright's browser; the test closes it.
 * @example
 * const browser = await launchChromium({ hosts: { 'acme.test': port } })
 * const page = await browser.newPage()
 * await page.goto('http://acme.test/?via=JANE')
 */
export async function launchChromium(options: ChromiumOptions = {}): Promise<Browser> {
  const { executablePath, env } = await findChromium()
  const major = await majorVersion(executablePath, env)
  const rules = Object.entries(options.hosts ?? {}).map(
    ([host, port]) => `MAP ${host} 127.0.0.1:${port}`,
  )
  return chromium.launch({
    executablePath,
    env,
    headless: true,
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
    args: [
      ...SWITCHES,
      `--host-resolver-rules=${[...rules, 'MAP * 127.0.0.1'].join(', ')}`,
      `--user-agent=${userAgent(major)}`,
      ...(options.args ?? []),
    ],
  })
}

/** Chrome's User-Agent as people send it: reduced to the major version, without "Headless". */
function userAgent(major: string): string {
  return `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${major}.0.0.0 Safari/537.36`
}

async function majorVersion(path: string, env: Record<string, string>): Promise<string> {
  const { stdout } = await run(path, ['--version', '--no-sandbox'], { env })
  const major = /(\d+)\.\d+\.\d+/.exec(stdout)?.[1]
  if (!major) throw new Error(`No Chromium: ${path} --version answers ${JSON.stringify(stdout)}`)
  return major
}
