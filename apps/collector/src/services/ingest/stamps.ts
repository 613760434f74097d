/** Stamps of install events: each is judged once, at receipt, and what was found is kept with the fact. */
import type { SentbyEvent } from '@sentby/contract/events'
import { verifyToken } from '@sentby/stamp'
import type { Config } from '../../config.ts'
import type { ProgramConfig } from '../program-config.ts'
import { stampKeys } from '../stamp-keys.ts'

/** Why a stamp does not count, as the contract's words say it. */
export type StampRefusal = 'bad_stamp' | 'foreign_product' | 'expired'

/** What one stamp claim held. */
export type StoredStamp = { code: string; download: string } | { refused: StampRefusal }

/** By the claim's place in its event, from 0. */
export type StoredStamps = Readonly<Record<string, StoredStamp>>

type InstallEvent = Extract<SentbyEvent, { type: 'install' }>

/**
 * Judges the stamps of an install: signature, program and product; the end as of the effective time, so that a claim
 * carried out late by hand counts as of when it was made (docs/attribution.md, 8).
 *
 * @param at the fact's effective time.
 * @returns as JSON; `null` where no claim is a stamp.
 */
export function judgeStamps(
  config: Pick<Config, 'secrets'>,
  program: ProgramConfig,
  event: InstallEvent,
  at: string,
): string | null {
  const found: Record<string, StoredStamp> = {}
  for (const [n, { source, value }] of (event.claims ?? []).entries()) {
    const text = value.trim()
    if (source !== 'stamp' || isNone(text)) continue
    const { ring: keys } = stampKeys(config, program)
    const check = { program: program.row.slug, product: event.product, keys }
    const verdict = verifyToken(text, { ...check, nowMs: Date.parse(at) })
    found[n] = verdict.ok
      ? { code: verdict.token.code, download: verdict.token.download }
      : { refused: toRefusal(verdict.reason) }
  }
  return Object.keys(found).length === 0 ? null : JSON.stringify(found)
}

/** What was found when the fact was stored. */
export function readStamps(stamps: string | null): StoredStamps {
  return stamps === null ? {} : (JSON.parse(stamps) as StoredStamps)
}

/** An explicit `none`, whatever the source (RULES E2). */
export function isNone(value: string): boolean {
  return value.trim().toLowerCase() === 'none'
}

function toRefusal(reason: string): StampRefusal {
  return reason === 'foreign_product' || reason === 'expired' ? reason : 'bad_stamp'
}
