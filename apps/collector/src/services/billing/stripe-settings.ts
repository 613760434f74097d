/** How the vendor's Stripe account is set up; its secrets go in and are never told (CONTRACT §4.3). */
import type { StripeAnswer, StripeInput } from '@sentby/contract'
import {
  countStripeRefunds,
  type StripeSettingRow,
  saveStripeSetting,
  stripeSetting,
} from '@sentby/store'
import { STRIPE_EVENTS } from '../../adapters/stripe/read-stripe-event.ts'
import type { Deps } from '../../deps.ts'
import type { ProgramConfig } from '../program-config.ts'

type SettingDeps = Pick<Deps, 'store' | 'clock' | 'publicUrl'>

export async function readStripeSettings(
  deps: SettingDeps,
  program: ProgramConfig,
): Promise<StripeAnswer> {
  const { db } = deps.store
  const row = await stripeSetting(db, program.row.id)
  const waitingRefunds = await countStripeRefunds(db, program.row.id)
  return { ...toAnswer(deps, program, row), waitingRefunds }
}

/** Sets all of it anew: what is left away is unset. */
export async function saveStripeSettings(
  deps: SettingDeps,
  program: ProgramConfig,
  input: StripeInput,
): Promise<StripeAnswer> {
  const { livemode } = input
  await deps.store.transaction((tx) =>
    saveStripeSetting(tx.db, {
      program_id: program.row.id,
      secret: input.secret,
      previous_secret: input.previousSecret ?? null,
      account: input.account ?? null,
      livemode: livemode === undefined ? null : Number(livemode),
      api_key: input.apiKey ?? null,
      sends: input.sends,
      updated_at: new Date(deps.clock.now()).toISOString(),
    }),
  )
  return readStripeSettings(deps, program)
}

function toAnswer(
  deps: SettingDeps,
  program: ProgramConfig,
  row: StripeSettingRow | undefined,
): Omit<StripeAnswer, 'waitingRefunds'> {
  return {
    endpoint: `${deps.publicUrl()}/v1/stripe/${program.row.slug}`,
    events: [...STRIPE_EVENTS],
    secretEndsWith: row?.secret.slice(-4) ?? null,
    previousSecretEndsWith: row?.previous_secret?.slice(-4) ?? null,
    apiKeyEndsWith: row?.api_key?.slice(-4) ?? null,
    sends: row?.sends ?? null,
    account: row?.account ?? null,
    livemode: row?.livemode == null ? null : row.livemode === 1,
    updatedAt: row?.updated_at ?? null,
  }
}
