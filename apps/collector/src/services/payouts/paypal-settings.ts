/** How the vendor's PayPal account is set up; its secret goes in and is never told (CONTRACT §4.3). */
import type { PaypalAnswer, PaypalInput } from '@sentby/contract'
import { type PaypalSettingRow, paypalSetting, savePaypalSetting } from '@sentby/store'
import type { Deps } from '../../deps.ts'
import type { ProgramConfig } from '../program-config.ts'

type SettingDeps = Pick<Deps, 'store' | 'clock' | 'publicUrl'>

export async function readPaypalSettings(
  deps: SettingDeps,
  { row: { id, slug } }: ProgramConfig,
): Promise<PaypalAnswer> {
  const row = await paypalSetting(deps.store.db, id)
  return { endpoint: `${deps.publicUrl()}/v1/paypal/${slug}`, ...toAnswer(row) }
}

/** Sets all of it anew. What was closed before is not sent by itself: its file may be with PayPal already. */
export async function savePaypalSettings(
  deps: SettingDeps,
  program: ProgramConfig,
  { clientId, clientSecret, environment, sends }: PaypalInput,
): Promise<PaypalAnswer> {
  await deps.store.transaction((tx) =>
    savePaypalSetting(tx.db, {
      program_id: program.row.id,
      ...{ client_id: clientId, client_secret: clientSecret, environment, sends },
      ...{ paused_at: null, paused_reason: null },
      updated_at: new Date(deps.clock.now()).toISOString(),
    }),
  )
  return readPaypalSettings(deps, program)
}

function toAnswer(row: PaypalSettingRow | undefined): Omit<PaypalAnswer, 'endpoint'> {
  const { paused_at: at = null, paused_reason: reason = null } = row ?? {}
  return {
    clientIdEndsWith: row?.client_id.slice(-4) ?? null,
    environment: row?.environment ?? null,
    sends: row?.sends ?? null,
    paused: at === null || reason === null ? null : { at, reason },
    updatedAt: row?.updated_at ?? null,
  }
}
