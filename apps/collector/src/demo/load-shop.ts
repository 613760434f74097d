/** Finds the example shop of the repository; the published package does not carry it. */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { DemoError } from './demo-error.ts'

/** What the demo uses of `examples/shop/server.d.mts`. */
export interface Shop {
  startShop(options: {
    endpoint: string
    publicEndpoint: string
    key: string
    publishableKey: string
    host: string
    port: number
    demoLinks: readonly { label: string; url: string }[]
    log: (line: string) => void
  }): Promise<{ url: string; port: number; close(): Promise<void> }>
}

const SHOP_NAME = 'sentby-example-shop'
/** Seen from the bundle (`dist/`) and from the sources (`src/demo/`). */
const PLACES = ['../../../examples/shop/', '../../../../examples/shop/']

/**
 * Loads the shop, by its place in the repository and under a name that no bundler follows.
 *
 * @throws DemoError where there is no repository around this program.
 */
export async function loadShop(): Promise<Shop> {
  for (const place of PLACES) {
    const folder = new URL(place, import.meta.url)
    if (!isShop(folder)) continue
    const module: unknown = await import(new URL('server.mjs', folder).href)
    if (hasStart(module)) return module
  }
  throw new DemoError(
    'The demo shop is not part of this package. Clone the repository and run npm start there.',
  )
}

/** Another project may have a folder of that name around an installed collector. */
function isShop(folder: URL): boolean {
  const manifest = fileURLToPath(new URL('package.json', folder))
  if (!existsSync(manifest)) return false
  const { name } = JSON.parse(readFileSync(manifest, 'utf8')) as { name?: unknown }
  return name === SHOP_NAME
}

function hasStart(module: unknown): module is Shop {
  return typeof module === 'object' && module !== null && 'startShop' in module
}
