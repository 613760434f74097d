/** The program `sentby`; the only file with effects at import. */
import { run } from './cli/run.ts'
import { environment } from './config.ts'

// The database holds secrets: what this program makes is for its own user (SECURITY.md).
process.umask(0o077)
process.exitCode = await run(process.argv.slice(2), environment())
