// npm run bench: the measured goals, each beside its baseline.
import { becomeNode } from './run-command.mjs'
import { setup } from './setup.mjs'

await setup()
becomeNode(['bench/run.mjs', ...process.argv.slice(2)])
