/** The program `sentby`; the only file with effects at import. */
import { run } from './cli/run.ts'
import { environment } from './config.ts'

process.exitCode = await run(process.argv.slice(2), environment())
