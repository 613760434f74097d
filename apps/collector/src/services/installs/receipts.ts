/**
 * Receipts tell a copy from its original: each report is answered with the next one, and whoever presents one
 * whose successor was shown already is a copy of an earlier state (INSTALL reports, CONTRACT §4.2).
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Config } from '../../config.ts'
import type { ProgramConfig } from '../program-config.ts'
import { otherKeys } from '../stamp-keys.ts'

/** Whose receipt it is. */
export interface ReceiptOwner {
  product: string
  install: string
}

const RECEIPT = /^([1-9]\d{0,8})\.([A-Za-z0-9_-]{22})$/

/** The receipt with this number. */
export function makeReceipt(
  config: Pick<Config, 'secrets'>,
  program: ProgramConfig,
  owner: ReceiptOwner,
  number: number,
): string {
  const [key] = otherKeys(config, program, 'receipt')
  if (!key) throw new Error('a program without a secret')
  return `${number}.${macOf(key, program, owner, number)}`
}

/** The number of a receipt of ours for this installation; `null` for anything else. */
export function readReceipt(
  config: Pick<Config, 'secrets'>,
  program: ProgramConfig,
  owner: ReceiptOwner,
  text: string | undefined,
): number | null {
  const [, digits, mac] = RECEIPT.exec(text ?? '') ?? []
  if (digits === undefined || mac === undefined) return null
  const number = Number(digits)
  const given = Buffer.from(mac)
  const isOurs = otherKeys(config, program, 'receipt').some((key) =>
    timingSafeEqual(given, Buffer.from(macOf(key, program, owner, number))),
  )
  return isOurs ? number : null
}

function macOf(
  key: Buffer,
  program: ProgramConfig,
  { product, install }: ReceiptOwner,
  number: number,
): string {
  return createHmac('sha256', key)
    .update(['receipt', program.row.id, product, install, number].join('\n'))
    .digest('base64url')
    .slice(0, 22)
}
