// npm start: set up what has changed, then serve with the demo.

import { becomeNode } from './run-command.mjs'
import { setup } from './setup.mjs'

await setup()
becomeNode(['apps/collector/dist/sentby.js', 'serve', '--demo', ...process.argv.slice(2)])
