/** Webhooks: where the vendor is told what happens. A secret is told once, when it is made. */
import type {
  DeletedWebhookAnswer,
  NewWebhookAnswer,
  Page,
  WebhookAnswer,
  WebhookChange,
  WebhookInput,
} from '@sentby/contract'
import { insertWebhook, newId, updateWebhook, type WebhookRow, webhooksOf } from '@sentby/store'
import type { Deps } from '../../deps.ts'
import {
  type Answer,
  type Change,
  type ConfigureDeps,
  changeConfiguration,
  type Retry,
} from '../configuration/change.ts'
import { type PageRequest, pageInMemory } from '../paging.ts'
import { Refusal } from '../refusal.ts'
import { knownWebhook } from './known-webhook.ts'
import { MAX_SECRETS, makeSecret, OVERLAP_MS, secretsAt, type WebhookSecret } from './signing.ts'
import { readWebhookUrl } from './webhook-url.ts'

/** What webhooks need beside configuration. */
export type WebhookDeps = ConfigureDeps & Pick<Deps, 'config'>

/** Webhooks of one program; each message is written once for each. */
export const MAX_WEBHOOKS = 20

/** All webhooks, the oldest first, without their secrets. */
export async function listWebhooks(
  deps: Pick<Deps, 'store'>,
  programId: string,
  page: PageRequest,
): Promise<Page<WebhookAnswer>> {
  const rows = await webhooksOf(deps.store.db, programId)
  const { data, next } = pageInMemory(rows, (row) => row.id, page)
  return { data: data.map(toWebhook), next }
}

/** @throws Refusal `not_found`. */
export async function readWebhook(
  deps: Pick<Deps, 'store'>,
  programId: string,
  id: string,
): Promise<WebhookAnswer> {
  return toWebhook(await knownWebhook(deps.store.db, programId, id))
}

/**
 * Makes a webhook. Its secret is in this answer only.
 *
 * @throws Refusal `invalid_request` for a URL that is refused, or past {@link MAX_WEBHOOKS}.
 */
export function makeWebhook(
  deps: WebhookDeps,
  programId: string,
  input: WebhookInput,
  retry?: Retry,
): Promise<Answer<NewWebhookAnswer>> {
  const url = readWebhookUrl(input.url, deps.config.webhookPrivate)
  return changeConfiguration(deps, programId, retry, async (change) => {
    const { tx, now, nowMs } = change
    if ((await webhooksOf(tx.db, programId)).length >= MAX_WEBHOOKS) {
      throw new Refusal('invalid_request', { detail: `a program has ${MAX_WEBHOOKS} at most` })
    }
    const secret = makeSecret()
    const row: WebhookRow = {
      program_id: programId,
      id: newId('webhook', nowMs),
      url,
      events: JSON.stringify(input.events),
      description: input.description ?? null,
      secrets: JSON.stringify([{ secret, until: null }] satisfies WebhookSecret[]),
      status: 'enabled',
      reason: null,
      failing_since: null,
      created_at: now,
    }
    await change.revise(false)
    await insertWebhook(tx.db, row)
    return { status: 201, body: { ...toWebhook(row), secret } }
  })
}

/**
 * Changes a webhook; what is not named stays. Enabled again it is sent what waits.
 *
 * @throws Refusal `not_found`, `invalid_request` for a URL that is refused.
 */
export async function changeWebhook(
  deps: WebhookDeps,
  programId: string,
  id: string,
  input: WebhookChange,
): Promise<WebhookAnswer> {
  const url =
    input.url === undefined ? undefined : readWebhookUrl(input.url, deps.config.webhookPrivate)
  const answer = await changeKnown(deps, programId, id, undefined, async (row) => {
    const isSwitched = input.status !== undefined && input.status !== row.status
    const after: WebhookRow = {
      ...row,
      url: url ?? row.url,
      events: input.events === undefined ? row.events : JSON.stringify(input.events),
      description: input.description === undefined ? row.description : input.description,
      status: input.status ?? row.status,
      reason: isSwitched ? (input.status === 'disabled' ? 'vendor' : null) : row.reason,
      failing_since: isSwitched || url !== undefined ? null : row.failing_since,
    }
    return { after, answer: toWebhook(after) }
  })
  return answer.body
}

/** Disables a webhook whose receiver at this URL answered that it is gone (410). */
export async function disableGone(
  deps: ConfigureDeps,
  programId: string,
  id: string,
  url: string,
): Promise<void> {
  await changeKnown(deps, programId, id, undefined, async (row) => {
    // Several attempts may have been told, and the vendor may have been quicker.
    const isOver = row.status !== 'enabled' || row.url !== url
    const after: WebhookRow = { ...row, status: 'disabled', reason: 'gone' }
    return { after: isOver ? row : after, answer: null }
  })
}

/**
 * Makes another secret, told in this answer only. The one before signs too for 24 hours.
 *
 * @throws Refusal `not_found`, `invalid_request` when too many secrets sign already.
 */
export function rotateSecret(
  deps: ConfigureDeps,
  programId: string,
  id: string,
  retry?: Retry,
): Promise<Answer<NewWebhookAnswer>> {
  return changeKnown(deps, programId, id, retry, async (row, { now, nowMs }) => {
    const known = secretsAt(row.secrets, now)
    if (known.length >= MAX_SECRETS) {
      throw new Refusal('invalid_request', { detail: 'rotated too often within 24 hours' })
    }
    const secret = makeSecret()
    const until = new Date(nowMs + OVERLAP_MS).toISOString()
    const old = known.map((one) => ({ secret: one.secret, until: one.until ?? until }))
    const secrets: WebhookSecret[] = [{ secret, until: null }, ...old]
    const after = { ...row, secrets: JSON.stringify(secrets) }
    return { after, answer: { ...toWebhook(after), secret } }
  })
}

/** Deletes a webhook: nothing more is sent, its secrets are gone at once, its log by the job. */
export async function removeWebhook(
  deps: ConfigureDeps,
  programId: string,
  id: string,
): Promise<DeletedWebhookAnswer> {
  const answer = await changeKnown(deps, programId, id, undefined, async (row) => {
    const after: WebhookRow = { ...row, status: 'deleted', secrets: '[]', url: '' }
    return { after, answer: { id, deleted: true as const } }
  })
  return answer.body
}

function changeKnown<Body>(
  deps: ConfigureDeps,
  programId: string,
  id: string,
  retry: Retry | undefined,
  work: (row: WebhookRow, change: Change) => Promise<{ after: WebhookRow; answer: Body }>,
): Promise<Answer<Body>> {
  return changeConfiguration(deps, programId, retry, async (change) => {
    const row = await knownWebhook(change.tx.db, programId, id)
    const { after, answer } = await work(row, change)
    await change.revise(false)
    await updateWebhook(change.tx.db, after)
    return { status: 200, body: answer }
  })
}

function toWebhook(row: WebhookRow): WebhookAnswer {
  const isDisabled = row.status !== 'enabled'
  return {
    id: row.id,
    url: row.url,
    events: JSON.parse(row.events) as string[],
    description: row.description,
    status: isDisabled ? 'disabled' : row.failing_since === null ? 'enabled' : 'failing',
    reason: row.reason,
    failingSince: row.failing_since,
    createdAt: row.created_at,
  }
}
