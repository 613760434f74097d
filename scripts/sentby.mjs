// npm run -s sentby -- <command>: the command line of the checkout.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { becomeNode, root } from './run-command.mjs'
import { setup } from './setup.mjs'

const PROGRAM = 'apps/collector/dist/sentby.js'

if (!existsSync(join(root, PROGRAM))) await setup()
becomeNode([PROGRAM, ...process.argv.slice(2)])
