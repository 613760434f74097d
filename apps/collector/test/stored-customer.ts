import pino from 'pino'
import { readConfig } from '../src/config.ts'
import { openCollector } from '../src/open-collector.ts'
import { takeEvents } from '../src/services/ingest/take-events.ts'

/** Stores a sale of `cus_1` and an installation `ins_1`, both with the code JANE, through a collector of its own on this database. */
export async function openTestFacts(databaseUrl: string, slug: string): Promise<void> {
  const config = readConfig({ DATABASE_URL: databaseUrl })
  const collector = await openCollector({ config, log: pino({ level: 'silent' }) })
  const program = collector.deps.directory.bySlug(slug)
  if (!program) throw new Error(`no program ${slug}`)
  await takeEvents(collector.deps, {
    program,
    keyId: 'key_test',
    kind: 'secret',
    network: '',
    bot: false,
    sentAt: undefined,
    bytes: 100,
    events: [
      { id: 'c1', type: 'code', customer: 'cus_1', code: 'JANE' },
      { id: 's1', type: 'sale', customer: 'cus_1', order: 'o1', amount: 100, currency: 'EUR' },
      {
        ...{ id: 'i1', type: 'install', install: 'ins_1', product: 'app' },
        claims: [{ source: 'flag', value: 'JANE' }],
      },
    ],
  })
  await collector.close()
}
