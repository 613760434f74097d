/** node examples/odoo-pbx/run.mjs: plays the example against a collector that runs (README.md). */
import { play } from './play.mjs'

const { SENTBY_ENDPOINT: endpoint, SENTBY_KEY: key } = process.env
const publishableKey = process.env.SENTBY_PUBLISHABLE_KEY

if (endpoint && key && publishableKey) {
  await play({ endpoint: endpoint.replace(/\/$/, ''), key, publishableKey })
} else {
  console.error('Set SENTBY_ENDPOINT, SENTBY_KEY, SENTBY_PUBLISHABLE_KEY (README.md tells how).')
  process.exitCode = 2
}
