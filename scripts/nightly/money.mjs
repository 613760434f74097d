// The stories of money for as long as they deserve, by hand or by night: node scripts/nightly/money.mjs [vitest's arguments]
// What `npm test` tells in a minute is told 10,000 times here: any order of facts and reviews, and whatever else happens
// to a program. PROPERTY_SEED=<a number> tells others.
import { join } from 'node:path'
import { root, runCommand } from '../run-command.mjs'

const STORIES = ['model', 'order'].map(
  (name) => `apps/collector/test/rewards/${name}.property.test.ts`,
)

process.env.PROPERTY_RUNS ??= '10000'
const vitest = join(root, 'node_modules/vitest/vitest.mjs')
const args = [vitest, 'run', '--project', 'collector', ...STORIES, ...process.argv.slice(2)]
const { code } = await runCommand(process.execPath, args, { show: true })
process.exitCode = code
