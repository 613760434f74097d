import { customAlphabet } from 'nanoid'

/** The prefixes of ids made by us. */
export const ID_PREFIXES = {
  program: 'prg',
  key: 'key',
  group: 'grp',
  partner: 'ptr',
  change: 'chg',
  link: 'lnk',
  click: 'clk',
  customerRef: 'ref',
  setAside: 'sta',
  artifact: 'art',
  download: 'dwn',
  installationRef: 'ins',
  lead: 'lea',
  webhook: 'whk',
  message: 'msg',
  review: 'rvw',
  proposal: 'prp',
  ledger: 'led',
  payoutBatch: 'bat',
  payout: 'pay',
} as const

const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz'
const tail = customAlphabet(DIGITS, 14)

/** 48 bits of milliseconds as 10 sortable characters. */
function timePart(nowMs: number): string {
  let rest = nowMs
  let text = ''
  for (let i = 0; i < 10; i++) {
    text = DIGITS.charAt(rest % 32) + text
    rest = Math.floor(rest / 32)
  }
  return text
}

let lastMs = -1
let lastPart = ''

/**
 * An id of ours: prefix, time, 70 random bits. Ids of one millisecond are in no particular order.
 *
 * @example newId('partner', Date.now()) // 'ptr_01jdxk3n2q8f4…'
 */
export function newId(kind: keyof typeof ID_PREFIXES, nowMs: number): string {
  if (nowMs !== lastMs) {
    lastMs = nowMs
    lastPart = timePart(nowMs)
  }
  return `${ID_PREFIXES[kind]}_${lastPart}${tail()}`
}

/**
 * Makes many ids in order for one batch, from one draw of random bits: prefix, time, place in the batch,
 * 70 random bits.
 *
 * @returns gives the id for a time in milliseconds; at most 32,768 of them.
 */
export function idBatch(kind: keyof typeof ID_PREFIXES): (nowMs: number) => string {
  const random = tail()
  let place = 0
  return (nowMs) => {
    if (nowMs !== lastMs) {
      lastMs = nowMs
      lastPart = timePart(nowMs)
    }
    const low = DIGITS.charAt(place % 32)
    const middle = DIGITS.charAt(Math.floor(place / 32) % 32)
    const high = DIGITS.charAt(Math.floor(place / 1024) % 32)
    place++
    return `${ID_PREFIXES[kind]}_${lastPart}${high}${middle}${low}${random}`
  }
}
