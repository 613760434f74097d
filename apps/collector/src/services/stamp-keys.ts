/** The keys that sign and verify a program's stamps and receipts (CONTRACT §2 `SENTBY_SECRET`). */
import { createHmac } from 'node:crypto'
import { deriveKeys, type StampKey } from '@sentby/stamp'
import type { Config } from '../config.ts'
import type { ProgramConfig } from './program-config.ts'

type Secrets = Pick<Config, 'secrets'>
type Program = { row: Pick<ProgramConfig['row'], 'id' | 'stamp_secret'> }

/** A program's keys. */
export interface ProgramStampKeys {
  /** Signs new stamps (HMAC). */
  signing: StampKey
  /** The same by Ed25519, for products that verify a stamp by themselves. */
  publicSigning: StampKey
  /** Every key that may have signed. */
  ring: readonly StampKey[]
}

/** Deriving costs a millisecond: once a program and its secrets. */
const derived = new Map<string, ProgramStampKeys>()
const MAX_DERIVED = 1000

/** The secrets of a program, the one that signs first: those of the environment, then the database's. */
export function secretsOf(config: Secrets, program: Program): readonly string[] {
  return [...config.secrets, program.row.stamp_secret]
}

/** The keys of a program's stamps, derived from its secrets. */
export function stampKeys(config: Secrets, program: Program): ProgramStampKeys {
  const secrets = secretsOf(config, program)
  const name = [program.row.id, ...secrets].join('\n')
  const known = derived.get(name)
  if (known) return known
  const pairs = secrets.map((secret) => deriveKeys(secret, program.row.id))
  const [first] = pairs
  if (!first) throw new Error('a program without a secret')
  const keys: ProgramStampKeys = {
    signing: first.hmac,
    publicSigning: first.ed25519,
    ring: pairs.flatMap(({ hmac, ed25519 }) => [hmac, ed25519]),
  }
  if (derived.size >= MAX_DERIVED) derived.clear()
  derived.set(name, keys)
  return keys
}

/** Keys of a program for another use than stamps, the one that signs first. */
export function otherKeys(config: Secrets, program: Program, use: string): readonly Buffer[] {
  return secretsOf(config, program).map((secret) =>
    createHmac('sha256', secret).update(`sentby ${use} ${program.row.id}`).digest(),
  )
}
