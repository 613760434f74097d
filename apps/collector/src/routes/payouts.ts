import {
  batchFileQuery,
  pageQuery,
  payoutMark,
  payoutsInput,
  payoutsQuery,
  resultQuery,
} from '@sentby/contract'
import { type Context, Hono } from 'hono'
import { z } from 'zod'
import type { Deps } from '../deps.ts'
import { requireSecret } from '../middleware/auth.ts'
import { readText } from '../middleware/body.ts'
import { pathPart, readBody, readQuery, retryOf } from '../middleware/request.ts'
import { closeBatches } from '../services/payouts/close-batches.ts'
import { markPayout, submitBatch } from '../services/payouts/mark-payout.ts'
import {
  listBatches,
  listPayouts,
  readBatch,
  readBatchFile,
  readPayout,
} from '../services/payouts/read-payouts.ts'
import { sendBatch } from '../services/payouts/send-batch.ts'
import { takeResult } from '../services/payouts/take-result.ts'
import { Refusal } from '../services/refusal.ts'

const page = z.strictObject(pageQuery)
/** Ten thousand rows with room for a provider's other columns. */
const RESULT_BYTES = 4 * 1024 * 1024

/** `/v1/payouts`, batches, their files and results (CONTRACT §4.3). */
export function payoutRoutes(deps: Deps): Hono {
  const app = new Hono()
  addBatches(app, deps)
  addPayouts(app, deps)
  return app
}

function addBatches(app: Hono, deps: Deps): void {
  app.get('/v1/payouts/batches', async (c) => {
    const { programId } = await requireSecret(deps, c)
    return c.json(await listBatches(deps, programId, readQuery(c, page)))
  })
  app.get('/v1/payouts/batches/:id', async (c) => {
    const { programId } = await requireSecret(deps, c)
    return c.json(await readBatch(deps, programId, pathPart(c, 'id')))
  })
  app.get('/v1/payouts/batches/:id/file', async (c) => {
    const { programId } = await requireSecret(deps, c)
    const query = readQuery(c, batchFileQuery)
    const { text, name } = await readBatchFile(deps, programId, pathPart(c, 'id'), query)
    return c.body(text, 200, {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': `attachment; filename="${name}"`,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
  })
  app.post('/v1/payouts/batches/:id/submit', async (c) => {
    const { programId, keyId } = await requireSecret(deps, c)
    return c.json(await submitBatch(deps, programId, pathPart(c, 'id'), keyId))
  })
  app.post('/v1/payouts/batches/:id/send', async (c) => {
    const { programId, keyId } = await requireSecret(deps, c)
    return c.json(await sendBatch(deps, programId, pathPart(c, 'id'), keyId))
  })
  app.post('/v1/payouts/batches/:id/result', async (c) => {
    const { programId, keyId } = await requireSecret(deps, c)
    const columns = readQuery(c, resultQuery)
    const file = await readCsv(c)
    return c.json(await takeResult(deps, programId, pathPart(c, 'id'), file, columns, keyId))
  })
}

function addPayouts(app: Hono, deps: Deps): void {
  app.get('/v1/payouts', async (c) => {
    const { programId } = await requireSecret(deps, c)
    return c.json(await listPayouts(deps, programId, readQuery(c, payoutsQuery)))
  })
  app.post('/v1/payouts', async (c) => {
    const { programId, keyId } = await requireSecret(deps, c)
    const input = await readBody(c, payoutsInput)
    const answer = await closeBatches(deps, programId, input, keyId, retryOf(c, input))
    return c.json(answer, answer.dryRun ? 200 : 201)
  })
  app.get('/v1/payouts/:id', async (c) => {
    const { programId } = await requireSecret(deps, c)
    return c.json(await readPayout(deps, programId, pathPart(c, 'id')))
  })
  app.post('/v1/payouts/:id/mark', async (c) => {
    const { programId, keyId } = await requireSecret(deps, c)
    const input = await readBody(c, payoutMark)
    return c.json(await markPayout(deps, programId, pathPart(c, 'id'), input, keyId))
  })
}

async function readCsv(c: Context): Promise<string> {
  const type = c.req.header('content-type')?.split(';', 1)[0]?.trim().toLowerCase()
  if (type !== undefined && type !== 'text/csv' && type !== 'text/plain') {
    throw new Refusal('unsupported_media_type', { detail: 'send text/csv' })
  }
  return readText(c, RESULT_BYTES)
}
