import type { Command } from 'commander'
import pino from 'pino'
import { openCollector } from '../open-collector.ts'
import { serve } from '../server.ts'
import { type CliContext, configOf, WrongUse } from './io.ts'

/** `sentby serve`: listens until SIGTERM or SIGINT. */
export function addServe(program: Command, context: CliContext): void {
  program
    .command('serve')
    .description('run the collector')
    .option('--port <n>', 'port to listen on (default: PORT, 8787)')
    .option('--host <address>', 'address to listen on (default: HOST, 127.0.0.1)')
    .option('--demo', 'make the demo program in an empty database and serve its shop')
    .action(async (options: { port?: string; host?: string; demo?: boolean }, command: Command) => {
      const config = configOf(context, command)
      const port = options.port === undefined ? config.port : readPort(options.port)
      const host = options.host ?? config.host
      const log = pino({ level: config.logLevel }, pino.destination({ dest: 2, sync: false }))
      const collector = await openCollector({ config, log })
      const running = await serve(collector, host, port)
      log.info({ url: running.url }, 'sentby listens')
      await stopSignal()
      log.info('stopping')
      await running.stop()
      log.flush()
    })
}

function readPort(text: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > 65535) throw new WrongUse('--port: a port from 0 to 65535')
  return port
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGTERM', resolve)
    process.once('SIGINT', resolve)
  })
}
