import { encodeFields } from './claim-line.ts'
import type { Connection, Report } from './connection.ts'
import type { InstallState } from './install-state.ts'
import { keepState } from './kept-state.ts'
import { copyOf, formOf } from './report-line.ts'
import { sendCode } from './set-partner.ts'
import type { Store } from './store.ts'

/** What is to be sent, and where is kept what came of it. */
export interface Sending {
  connection: Connection
  store: Store | undefined
  state: InstallState
  /** The line of this very call. */
  fresh: string
  isEphemeral: boolean
}

/** Sends what waits, the oldest first, and keeps what happened after each. The last answer is the result. */
export async function sendPending(sending: Sending, isCopy = false): Promise<Report> {
  const { connection, store, fresh, isEphemeral } = sending
  let { state } = sending
  let last: Report = { status: 'not_sent' }
  for (const line of state.pending) {
    const form = formOf(line, state, { isFresh: line === fresh, isEphemeral })
    const sent = await connection.post('/v1/installs', encodeFields(form))
    if (sent.kind === 'failed') return unsent(store, sent.reason)
    if (sent.kind === 'answered' && sent.answer.status === 'cloned' && !isCopy) {
      return await sendAsCopy({ ...sending, state })
    }
    const pending = state.pending.filter((other) => other !== line)
    const receipt = sent.kind === 'answered' ? sent.answer.receipt : undefined
    state = { ...state, pending, ...(receipt && { receipt }) }
    last = sent.kind === 'refused' ? { status: 'refused', reason: sent.reason } : sent.answer
    await keepState(store, state)
  }
  return state.code === undefined ? last : await sendCode(connection, store, state)
}

/** Somebody went on from the original: this is the copy. It gets its own id, kept before it is told. */
async function sendAsCopy(sending: Sending): Promise<Report> {
  const { state, renewed } = copyOf(sending.state)
  if (!(await keepState(sending.store, state))) return { status: 'cloned', reason: 'not_kept' }
  return await sendPending({ ...sending, state, fresh: renewed(sending.fresh) }, true)
}

function unsent(store: Store | undefined, reason: string): Report {
  return store === undefined
    ? { status: 'not_sent', reason }
    : { status: 'queued', queued: true, reason }
}
