import { createHash } from 'node:crypto'
import { openStore, type Store } from '@sentby/store'
import { describe, expect, test } from 'vitest'
import { type DeliverOptions, startDelivering } from '../../src/jobs/deliver-webhooks.ts'
import { forgetWebhooks } from '../../src/jobs/forget-webhooks.ts'
import type { Collector } from '../../src/open-collector.ts'
import { enqueue } from '../../src/services/webhooks/enqueue.ts'
import { call } from '../resources/programs.ts'
import { ENGINES, type TestCollector } from '../test-collector.ts'
import { type Answering, type Receiver, startReceiver } from './receiver.ts'
import {
  addWebhook,
  deliverAfter,
  deliveryOf,
  openWebhookCollector,
  sendTest,
  until,
} from './webhook-collector.ts'

const DAY = 24 * 3_600_000
/** Thousands of requests on a machine that does other things too. */
const PATIENCE_MS = 180_000

/** Runs a test with a collector and a receiver, and closes them whatever happens. */
async function withReceiver(
  engine: (typeof ENGINES)[number],
  answer: Answering | undefined,
  work: (collector: TestCollector, receiver: Receiver) => Promise<void>,
  webhooks: DeliverOptions = {},
): Promise<void> {
  const collector = await openWebhookCollector(engine, { webhooks })
  const receiver = await startReceiver(answer)
  try {
    await work(collector, receiver)
  } finally {
    await collector.closeAll()
    await receiver.close()
  }
}

/** Writes messages in transactions of a hundred. */
async function write(collector: TestCollector, count: number, first = 0): Promise<void> {
  const { store, directory, clock } = collector.deps
  for (let from = 0; from < count; from += 100) {
    const messages = Array.from({ length: Math.min(100, count - from) }, (_, i) => ({
      type: 'reward.created' as const,
      data: { n: first + from + i },
    }))
    await store.transaction(async (tx) => {
      const program = await directory.within(tx, collector.program.id)
      await enqueue(tx, program, messages, clock.now())
    })
  }
}

function numbersOf(receiver: Receiver): Set<number> {
  return new Set(receiver.received.map(({ body }) => JSON.parse(String(body)).data.n))
}

async function countPending({ store }: Pick<Collector['deps'], 'store'>): Promise<number> {
  const { count } = await store.db
    .selectFrom('webhook_delivery')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('status', '=', 'pending')
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** Fails the same three of ten attempts in every run, and never one message more than five times. */
function failThreeOfTen(): Answering {
  const attempts = new Map<string, number>()
  return (response, { id, body }) => {
    const n = (attempts.get(id) ?? 0) + 1
    attempts.set(id, n)
    const lot = createHash('sha256').update(`${body} ${n}`).digest().readUInt8()
    response.writeHead(n <= 5 && lot < 77 ? 500 : 204).end()
  }
}

describe.each(ENGINES)('the outbox on %s', (engine) => {
  test(
    '1,000 messages reach a receiver that fails three of ten, through workers that die ten times',
    async () => {
      await withReceiver(engine, failThreeOfTen(), async (collector, receiver) => {
        const { deps, databaseUrl } = collector
        await addWebhook(collector, receiver.url)
        await write(collector, 1000)
        const dead: { stop(): Promise<void> }[] = []
        const startWorker = (): Store => {
          const store = openStore(databaseUrl)
          // Its own connection: when that is cut, nothing that it does is written any more.
          dead.push(startDelivering({ ...deps, store }, { everyMs: 10, timeoutMs: 5000 }))
          return store
        }
        for (let deaths = 1; deaths <= 10; deaths++) {
          const store = startWorker()
          await receiver.reached(deaths * 60)
          await store.close()
          // Claims of the dead end, and what failed is due again.
          deps.testClock?.set(deps.clock.now() + 61_000)
        }
        for (const worker of dead) await worker.stop()
        for (let i = 0; i < 20 && (await countPending(deps)) > 0; i++) {
          await deliverAfter(collector, 25 * 3_600_000)
        }
        expect(await countPending(deps)).toBe(0)
        expect(numbersOf(receiver).size).toBe(1000)
        expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(1000)
        const states = await deps.store.db.selectFrom('webhook_delivery').select('status').execute()
        expect(states.filter(({ status }) => status === 'delivered')).toHaveLength(1000)
      })
    },
    PATIENCE_MS,
  )

  test('a claim whose collector died ends, and the message goes again', async () => {
    const held: Answering[] = [() => {}, (response) => response.writeHead(204).end()]
    const answer: Answering = (...given) => held.shift()?.(...given)
    await withReceiver(engine, answer, async (collector, receiver) => {
      const { deps, databaseUrl } = collector
      const { id } = await addWebhook(collector, receiver.url)
      const message = await sendTest(collector, id)
      const store = openStore(databaseUrl)
      const worker = startDelivering({ ...deps, store }, { everyMs: 10, graceMs: 50 })
      await receiver.reached(1)
      await store.close()
      expect(await deliverAfter(collector, 59_000)).toBe(0)
      expect(await deliverAfter(collector, 1_001)).toBe(1)
      expect(await deliveryOf(collector, id, message)).toMatchObject({ status: 'delivered' })
      expect(receiver.received.map((one) => one.id)).toEqual([message, message])
      await worker.stop()
    })
  })

  test('a late outcome of a lost claim changes nothing', async () => {
    const answers: ((status: number) => void)[] = []
    const answer: Answering = (response) => {
      answers.push((status) => response.writeHead(status).end())
    }
    await withReceiver(engine, answer, async (collector, receiver) => {
      const { id } = await addWebhook(collector, receiver.url)
      const message = await sendTest(collector, id)
      const first = deliverAfter(collector, 0)
      await receiver.reached(1)
      const second = deliverAfter(collector, 61_000)
      await receiver.reached(2)
      answers[1]?.(204)
      await second
      answers[0]?.(500)
      await first
      const delivery = await deliveryOf(collector, id, message)
      expect(delivery).toMatchObject({ status: 'delivered', attempts: [{ status: 204 }] })
    })
  })

  test('a stop gives back what is under way: it is due at once and was no attempt', async () => {
    await withReceiver(
      engine,
      () => {},
      async (collector, receiver) => {
        const { deps } = collector
        const { id } = await addWebhook(collector, receiver.url)
        const message = await sendTest(collector, id)
        const worker = startDelivering(deps, { everyMs: 10, graceMs: 50 })
        await receiver.reached(1)
        await worker.stop()
        const delivery = await deliveryOf(collector, id, message)
        expect(delivery).toMatchObject({ status: 'pending', attempts: [] })
        const now = new Date(deps.clock.now()).toISOString()
        expect((delivery?.nextAttemptAt ?? 'z') <= now).toBe(true)
      },
    )
  })

  test('a receiver that never answers holds nobody else up', async () => {
    const hanging = await startReceiver(() => {})
    await withReceiver(
      engine,
      undefined,
      async (collector, receiver) => {
        await addWebhook(collector, hanging.url)
        await addWebhook(collector, receiver.url)
        await write(collector, 300)
        await until(() => numbersOf(receiver).size === 300)
        expect(receiver.received).toHaveLength(300)
        expect(hanging.received).toHaveLength(16)
      },
      { everyMs: 10, graceMs: 50 },
    )
    await hanging.close()
  })

  test('messages are forgotten after 30 days, what waits after 35, a deleted webhook at once', async () => {
    let status = 204
    const answer: Answering = (response) => response.writeHead(status).end()
    await withReceiver(engine, answer, async (collector, receiver) => {
      const { store } = collector.deps
      const { id } = await addWebhook(collector, receiver.url)
      await sendTest(collector, id)
      await deliverAfter(collector, 0)
      status = 500
      const waiting = await sendTest(collector, id)
      await deliverAfter(collector, 0)
      await call(collector, 'PATCH', `/v1/webhooks/${id}`, { status: 'disabled' })
      const left = async () => {
        const rows = await store.db.selectFrom('webhook_delivery').select('message_id').execute()
        return rows.map((row) => row.message_id)
      }
      const after = async (pauseMs: number) => {
        collector.deps.testClock?.set(collector.deps.clock.now() + pauseMs)
        await forgetWebhooks(collector.deps)
        return left()
      }
      expect(await after(29.9 * DAY)).toHaveLength(2)
      expect(await after(0.2 * DAY)).toEqual([waiting])
      expect(await after(5 * DAY)).toEqual([])
      expect(await store.db.selectFrom('webhook_message').select('id').execute()).toEqual([])
      await call(collector, 'PATCH', `/v1/webhooks/${id}`, { status: 'enabled' })
      await sendTest(collector, id)
      await call(collector, 'DELETE', `/v1/webhooks/${id}`)
      expect(await after(0)).toEqual([])
      expect(await store.db.selectFrom('webhook').select('id').execute()).toEqual([])
    })
  })

  test('the id and the bytes of a message never change', async () => {
    await withReceiver(engine, undefined, async (collector, receiver) => {
      await addWebhook(collector, receiver.url)
      await write(collector, 1)
      const change = collector.deps.store.db.updateTable('webhook_message').set({ body: '{}' })
      await expect(change.execute()).rejects.toThrow('never changes')
    })
  })
})

describe('several collectors on one PostgreSQL', () => {
  test(
    'deliver each message once, and all of them',
    async () => {
      await withReceiver(
        'postgres',
        undefined,
        async (collector, receiver) => {
          await addWebhook(collector, receiver.url)
          await addWebhook(collector, `${receiver.url}/2`)
          for (let i = 0; i < 2; i++) await collector.another()
          for (let batch = 0; batch < 5; batch++) await write(collector, 100, batch * 100)
          await until(async () => (await countPending(collector.deps)) === 0)
          expect(numbersOf(receiver).size).toBe(500)
          expect(receiver.received).toHaveLength(1000)
        },
        { everyMs: 10 },
      )
    },
    PATIENCE_MS,
  )

  test(
    'a message that is committed late is not passed over',
    async () => {
      await withReceiver('postgres', undefined, async (collector, receiver) => {
        const { store, directory, clock } = collector.deps
        await addWebhook(collector, receiver.url)
        let commit = () => {}
        const committing = new Promise<void>((resolve) => {
          commit = resolve
        })
        let written = () => {}
        const isWritten = new Promise<void>((resolve) => {
          written = resolve
        })
        const late = store.transaction(async (tx) => {
          const program = await directory.within(tx, collector.program.id)
          const message = { type: 'reward.created', data: { n: -1 } } as const
          await enqueue(tx, program, [message], clock.now())
          written()
          await committing
        })
        await isWritten
        await write(collector, 1000)
        await deliverAfter(collector, 0)
        expect(numbersOf(receiver).size).toBe(1000)
        commit()
        await late
        await deliverAfter(collector, 0)
        expect(numbersOf(receiver)).toContain(-1)
        expect(receiver.received).toHaveLength(1001)
      })
    },
    PATIENCE_MS,
  )
})
