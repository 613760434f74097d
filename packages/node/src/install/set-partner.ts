import { NONE, readTyped } from './claim.ts'
import { encodeFields } from './claim-line.ts'
import {
  type Connection,
  type ConnectionOptions,
  connect,
  type Report,
  reasonOf,
  showInstead,
} from './connection.ts'
import type { InstallState } from './install-state.ts'
import { keepState, loadState } from './kept-state.ts'
import type { Store } from './store.ts'

export interface SetPartnerOptions extends ConnectionOptions {
  /** The store that `reportInstall` was given. */
  store: Store
}

/**
 * Tells a code that somebody typed after the installation, on a settings screen. It is their act, so neither
 * consent nor `DO_NOT_TRACK` is asked; the screen says what it does. What cannot be told now is told by the
 * next `setPartner` or `reportInstall`. Never throws.
 *
 * @returns `refused` with `not_a_code` for what is no code, `conflict` where another partner is credited.
 * @example await setPartner('JANE', { endpoint, key: 'pk_…', store: fileStore(path) })
 */
export async function setPartner(code: string, options: SetPartnerOptions): Promise<Report> {
  let connection: Connection | undefined
  try {
    connection = connect(options)
    const typed = readTyped(code)
    if (typed === undefined || 'ignored' in typed)
      return { status: 'refused', reason: 'not_a_code' }
    if (typed.value === NONE) return { status: 'not_sent', reason: 'declined' }
    const state = { ...(await loadState(options.store)), code: typed.value }
    if (connection.isDebugging) return showInstead({ key: options.key, code: typed.value })
    // An installation that the collector does not know yet takes no code: the report goes first.
    if (state.install === undefined || state.pending.length > 0) {
      return await keepCode(options.store, state, 'not_reported')
    }
    return await sendCode(connection, options.store, state)
  } catch (error) {
    return { status: 'not_sent', reason: reasonOf(error) }
  } finally {
    connection?.close()
  }
}

/** Tells the code of the state; keeps it where that fails. */
export async function sendCode(
  connection: Connection,
  store: Store | undefined,
  state: InstallState,
): Promise<Report> {
  const { code = '', install = '', ...rest } = state
  const path = `/v1/installs/${encodeURIComponent(install)}/claim`
  const sent = await connection.post(path, encodeFields([['code', code]]))
  if (sent.kind === 'failed') return await keepCode(store, state, sent.reason)
  const receipt = sent.kind === 'answered' ? sent.answer.receipt : undefined
  await keepState(store, { ...rest, install, ...(receipt && { receipt }) })
  return sent.kind === 'answered' ? sent.answer : { status: 'refused', reason: sent.reason }
}

async function keepCode(
  store: Store | undefined,
  state: InstallState,
  reason: string,
): Promise<Report> {
  return (await keepState(store, state))
    ? { status: 'queued', queued: true, reason }
    : { status: 'not_sent', reason }
}
