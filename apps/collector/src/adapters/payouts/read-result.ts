/** Reads result files of providers, or our own file filled in. It tells what stands there and judges nothing. */
import { decimalsOf } from '@sentby/domain'
import { parse } from 'csv-parse/sync'

/** What is read of a row; a cell that cannot be read is `null`. */
export interface ResultRow {
  /** Of the file, counted from 1, empty ones too; the last one of a row of several. */
  line: number
  payout: string | null
  /** As it stands there; `readAmount` makes minor units of it. */
  amount: string
  currency: string
  status: string
  reference: string | null
  reason: string | null
}

export type ResultColumn = 'id' | 'amount' | 'currency' | 'status' | 'reference' | 'reason'
export type ColumnNames = Readonly<Partial<Record<ResultColumn, string | undefined>>>

/** Names of columns, the surest first; compared without case, spaces and signs. */
const NAMES: Readonly<Record<ResultColumn, readonly string[]>> = {
  id: ['payout', 'payoutid', 'uniqueid', 'senderitemid', 'customerid', 'paymentreference'],
  amount: ['amount', 'payoutamount', 'paymentamount', 'recipientamount', 'targetamount'],
  currency: ['currency', 'currencycode', 'payoutcurrency', 'recipientcurrency', 'targetcurrency'],
  status: ['status', 'payoutstatus', 'paymentstatus', 'transactionstatus', 'transferstatus'],
  reference: ['reference', 'transactionid', 'transferid', 'payoutitemid'],
  reason: ['reason', 'error', 'errormessage', 'reasoncode'],
}
const NEEDED: readonly ResultColumn[] = ['id', 'amount', 'currency', 'status']
const DELIMITERS = [',', ';', '\t'] as const
/** Reports begin with a few lines about themselves. */
const LINES_BEFORE_HEADER = 20
const MAX_ROWS = 10_000
/** A file of a few bytes a row, or of one endless row, would take a minute to read. */
const MAX_LINE = 64 * 1024

/**
 * The rows of a result file: comma, semicolon or tab, with or without a byte order mark, LF or CRLF.
 *
 * @param own names of columns that are other than those known.
 * @returns what is wrong with the file as a text, where it is no such file.
 */
export function readResultFile(text: string, own: ColumnNames = {}): ResultRow[] | string {
  if (longestLine(text) > MAX_LINE) return `has a line of more than ${MAX_LINE} characters`
  for (const delimiter of DELIMITERS) {
    const records = parseRecords(text, delimiter)
    const at = records
      ?.slice(0, LINES_BEFORE_HEADER)
      .findIndex(({ cells }) => findColumns(cells, own))
    if (!records || at === undefined || at < 0) continue
    const columns = findColumns(records[at]?.cells ?? [], own)
    if (!columns) continue
    if (records.length - at - 1 > MAX_ROWS) return `has more than ${MAX_ROWS} rows`
    return records.slice(at + 1).map(({ cells, line }) => toRow(cells, columns, line))
  }
  return `needs a header with columns ${NEEDED.join(', ')}; name others in the query`
}

interface FileRecord {
  cells: string[]
  line: number
}

function parseRecords(text: string, delimiter: string): FileRecord[] | undefined {
  try {
    const records = parse(text, {
      bom: true,
      delimiter,
      info: true,
      max_record_size: MAX_LINE,
      relax_column_count: true,
      skip_empty_lines: true,
      // One more than is taken, so that it is told; the rest is not looked at.
      to: LINES_BEFORE_HEADER + MAX_ROWS + 1,
      trim: true,
    })
    // Its types know nothing of `info`.
    const rows = records as unknown as { record: string[]; info: { lines: number } }[]
    return rows.map(({ record, info }) => ({ cells: record, line: info.lines }))
  } catch {
    return undefined
  }
}

function longestLine(text: string): number {
  let longest = 0
  let start = 0
  for (let at = 0; at <= text.length; at++) {
    const char = text[at]
    if (char !== undefined && char !== '\n' && char !== '\r') continue
    longest = Math.max(longest, at - start)
    start = at + 1
  }
  return longest
}

type Columns = Readonly<Partial<Record<ResultColumn, number>>>

function findColumns(header: readonly string[], own: ColumnNames): Columns | undefined {
  const cells = header.map(plainName)
  const columns: Partial<Record<ResultColumn, number>> = {}
  for (const column of Object.keys(NAMES) as ResultColumn[]) {
    const named = own[column]
    const names = named === undefined ? NAMES[column] : [plainName(named)]
    const at = names.map((name) => cells.indexOf(name)).find((index) => index >= 0)
    if (at !== undefined) columns[column] = at
  }
  return NEEDED.every((column) => columns[column] !== undefined) ? columns : undefined
}

function toRow(cells: readonly string[], columns: Columns, line: number): ResultRow {
  const cell = (column: ResultColumn) => {
    const at = columns[column]
    return at === undefined ? '' : (cells[at] ?? '').toWellFormed().replaceAll('\0', '')
  }
  return {
    line,
    payout: /^[A-Za-z0-9_-]{1,128}$/.test(cell('id')) ? cell('id') : null,
    amount: cell('amount'),
    currency: cell('currency').toUpperCase(),
    status: plain(cell('status')),
    reference: textOrNull(cell('reference'), 255),
    reason: textOrNull(cell('reason'), 1000),
  }
}

/**
 * Minor units of an amount with a decimal point, thousands set apart by commas or not at all.
 *
 * @returns null where it is no such amount, or has more decimals than the currency.
 */
export function readAmount(text: string, currency: string): number | null {
  const found = /^(\d{1,15}|\d{1,3}(?:,\d{3}){1,4})(?:\.(\d{1,8}))?$/.exec(text)
  if (!found) return null
  const decimals = decimalsOf(currency)
  const digits = (found[2] ?? '').replace(/0+$/, '')
  if (digits.length > decimals) return null
  const whole = (found[1] ?? '').replaceAll(',', '')
  const minor = Number(whole + digits.padEnd(decimals, '0'))
  return Number.isSafeInteger(minor) ? minor : null
}

/** A column's name without case, spaces and signs, in any script. */
function plainName(text: string): string {
  const name = text.normalize('NFC').toLowerCase()
  return name.replace(/[^\p{L}\p{M}\p{N}]/gu, '')
}

function plain(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]/g, '')
}

function textOrNull(text: string, max: number): string | null {
  const kept = text.replace(/\p{Cc}/gu, ' ').slice(0, max)
  return kept === '' ? null : kept.toWellFormed()
}
