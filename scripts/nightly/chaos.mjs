// The chaos tests for as long as they deserve, by hand or by night: node scripts/nightly/chaos.mjs [vitest's arguments]
// What `npm test` runs in a minute each runs here with 50 kills, 60 frozen seconds, 1,000 races and 10,000 stories.
import { join } from 'node:path'
import { root, runCommand } from '../run-command.mjs'

const AMOUNTS = {
  CHAOS_KILLS: '50',
  CHAOS_FREEZE_SECONDS: '60',
  CHAOS_STOPS: '20',
  CHAOS_ROUNDS: '1000',
  CHAOS_BATCHES: '2000',
  ORDER_RUNS: '9000',
  ORDER_RUNS_ON_BOTH: '1000',
}

for (const [name, amount] of Object.entries(AMOUNTS)) process.env[name] ??= amount
const files = process.argv.length > 2 ? process.argv.slice(2) : ['test/e2e/chaos-']
const vitest = join(root, 'node_modules/vitest/vitest.mjs')
const args = [vitest, 'run', '--project', 'e2e', ...files]
const { code } = await runCommand(process.execPath, args, { show: true })
process.exitCode = code
