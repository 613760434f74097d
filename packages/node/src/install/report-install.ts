import {
  type Connection,
  type ConnectionOptions,
  connect,
  type Report,
  reasonOf,
  showInstead,
} from './connection.ts'
import { withoutTime, withPending } from './install-state.ts'
import { keepFirst, keepState, loadState } from './kept-state.ts'
import { obstacleTo } from './may-send.ts'
import { formOf, identify, jsonOf, lineOf, type Told } from './report-line.ts'
import { sendPending } from './send-pending.ts'
import type { Store } from './store.ts'

/**
 * What an installation tells. `claims`: what `resolvePartner` found. `install`: the product's own id of it,
 * 1–128 of `[A-Za-z0-9._:-]`; default: a random one, kept. `visitor`: the browser script's id of whoever
 * installs. `parent`: the installation that this one was copied from, where the product knows it.
 */
export interface ReportOptions extends ConnectionOptions, Told {
  /** Where the installation keeps its id; without one it is told as ephemeral, and not counted. */
  store?: Store | undefined
  /** `true`: the person agreed; `'notice'`: telling them is enough; anything else sends nothing. */
  consent?: boolean | 'notice' | undefined
  /** Tells the person what is sent, before the first byte leaves; default: a line on standard error. */
  notice?: ((text: string) => void | Promise<void>) | undefined
  /** The person asked to register this code: holds under `DO_NOT_TRACK` as well. */
  explicit?: boolean | undefined
  /** Sends from a build service too. */
  force?: boolean | undefined
}

/**
 * Tells the collector that a copy of the product was installed, and with which codes. What cannot be told now
 * is kept in the store and told by the next call.
 *
 * Never throws, takes `timeoutMs` (3 s) of network at most, and keeps no finished program alive with a timer.
 * Sends nothing without consent, on a build service, under `DO_NOT_TRACK`, or after an explicit `none`; with
 * `SENTBY_DEBUG=1` it prints what it would send.
 *
 * @example await reportInstall({ endpoint, key: 'pk_…', product: 'acme-pbx', claims, store: fileStore(path), consent: true })
 */
export async function reportInstall(options: ReportOptions): Promise<Report> {
  let connection: Connection | undefined
  try {
    connection = connect(options)
    return await report(options, connection)
  } catch (error) {
    return { status: 'not_sent', reason: reasonOf(error) }
  } finally {
    connection?.close()
  }
}

async function report(options: ReportOptions, connection: Connection): Promise<Report> {
  const obstacle = obstacleTo(options, connection.env)
  if (obstacle !== undefined) return { status: 'not_sent', reason: obstacle }
  const before = await loadState(options.store)
  const own = identify(before, options)
  const line = lineOf(own, options)
  if (connection.isDebugging) {
    const isEphemeral = options.store === undefined && options.install === undefined
    const fields = formOf(line, own, { isFresh: true, isEphemeral })
    return showInstead({ key: options.key, ...jsonOf(fields) })
  }
  // Written after it was shown: whoever was interrupted in reading is told again.
  if (before.noticed === undefined) await (options.notice ?? toStandardError)(noticeOf(options))
  const told = { ...own, noticed: '1' }
  return await send(options, connection, { told, isFirst: before.install === undefined })
}

async function send(
  options: ReportOptions,
  connection: Connection,
  { told, isFirst }: { told: ReturnType<typeof identify>; isFirst: boolean },
): Promise<Report> {
  const known = isFirst ? await keepFirst(options.store, told) : told
  const fresh = lineOf(known, options)
  const state = withPending(known, fresh)
  // Kept before it is sent: a process that dies in between tells it again, under the same id.
  if (await keepState(options.store, state)) {
    return await sendPending({ connection, store: options.store, state, fresh, isEphemeral: false })
  }
  // An id that was kept once still holds. Its receipt is not shown: the next one could not be kept.
  const { receipt: _, code: _code, ...unkept } = { ...known, pending: [fresh] }
  const isEphemeral = isFirst && options.install === undefined
  return await sendPending({ connection, store: undefined, state: unkept, fresh, isEphemeral })
}

/**
 * The claim line of this installation, to be carried out of a site without internet (docs/claim-line.md);
 * its id is made and kept as `reportInstall` does it, and nothing is sent. The same line every time, until it
 * could be told. `undefined` after an explicit `none`, or where something given does not fit into a line.
 */
export async function offlineClaim(
  options: Told & { store?: Store | undefined },
): Promise<string | undefined> {
  try {
    if (obstacleTo({ ...options, consent: true }, {}) !== undefined) return undefined
    const before = await loadState(options.store)
    const own = identify(before, options)
    const known = before.install === undefined ? await keepFirst(options.store, own) : own
    const line = lineOf(known, options)
    const state = withPending(known, line)
    await keepState(options.store, state)
    return state.pending.find((other) => withoutTime(other) === withoutTime(line)) ?? line
  } catch {
    return undefined
  }
}

function noticeOf({ product, endpoint }: ReportOptions): string {
  return (
    `${product} tells ${new URL(endpoint).host} once that it was installed: a random id, its version ` +
    'and the code of the partner who recommended it. SENTBY_PARTNER=none tells nothing.'
  )
}

function toStandardError(text: string): void {
  process.stderr.write(`${text}\n`)
}
