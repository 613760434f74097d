import type { Command } from 'commander'
import pino from 'pino'
import { DemoError } from '../demo/demo-error.ts'
import { demoLines, type RunningDemo, startDemo } from '../demo/start-demo.ts'
import { type Collector, openCollector } from '../open-collector.ts'
import { type RunningServer, serve } from '../server.ts'
import { type CliContext, configOf, print, WrongUse } from './io.ts'

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
      const demo = options.demo ? await openDemo(context, collector, running, host) : undefined
      if (demo) {
        const { stop: _, ...places } = demo
        print(context, command, places, demoLines(demo))
      }
      await stopSignal()
      log.info('stopping')
      await demo?.stop()
      await running.stop()
      log.flush()
    })
}

/** Where there can be no demo the collector serves all the same, and says why. */
async function openDemo(
  context: CliContext,
  collector: Collector,
  running: RunningServer,
  host: string,
): Promise<RunningDemo | undefined> {
  try {
    return await startDemo(collector, host, running.url)
  } catch (error) {
    if (error instanceof DemoError) {
      context.io.err(`${error.message}\n`)
      return undefined
    }
    await running.stop()
    throw error
  }
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
