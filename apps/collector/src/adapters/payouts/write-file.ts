/** Files to pay by. Cells that a spreadsheet would take for a formula are quoted (CWE-1236). */
import type { PayoutFormat } from '@sentby/contract'
import { amountText } from '@sentby/domain'
import { stringify } from 'csv-stringify/sync'

/** What a file tells of a payout. */
export interface PayoutLine {
  id: string
  partner: string
  name: string
  /** Minor units. */
  amount: number
  currency: string
  kind: string
  status: string
  /** As the method needs it. */
  destination: Readonly<Record<string, string>>
}

interface Layout {
  /** absent: the file has no header. */
  header?: readonly string[]
  row(line: PayoutLine, note: string): readonly string[]
}

const LAYOUTS: Readonly<Record<PayoutFormat, Layout>> = {
  /** Our own: it can be filled in and read back. */
  csv: {
    header: [
      'payout',
      'partner',
      'name',
      'amount',
      'currency',
      'kind',
      'destination',
      'status',
      'reference',
      'reason',
    ],
    row: (line) => [
      line.id,
      line.partner,
      line.name,
      decimal(line),
      line.currency,
      line.kind,
      Object.values(line.destination).join(' '),
      line.status,
      '',
      '',
    ],
  },
  /**
   * Payouts Web (developer.paypal.com/docs/payouts/standard/payouts-web): no header; recipient, amount, currency,
   * "Customer ID" of 30 characters at most, note, wallet.
   */
  paypal_masspay: {
    row: (line, note) => [
      line.destination['email'] ?? '',
      decimal(line),
      line.currency,
      line.id,
      note.slice(0, 400),
      'PAYPAL',
    ],
  },
  /** Batch template "Send by email" (wise.com/help/articles/2663302). */
  wise: {
    header: [
      'name',
      'recipientEmail',
      'paymentReference',
      'receiverType',
      'amountCurrency',
      'amount',
      'sourceCurrency',
      'targetCurrency',
      'type',
    ],
    row: (line) => [
      line.destination['name'] ?? line.name,
      line.destination['email'] ?? '',
      line.id,
      'PERSON',
      'target',
      decimal(line),
      line.currency,
      line.currency,
      'EMAIL',
    ],
  },
}

/**
 * The file of a batch: UTF-8, CRLF, amounts in decimals of their currency.
 *
 * @param note what the recipient reads, where the format has a place for it.
 */
export function writePayoutFile(
  format: PayoutFormat,
  lines: readonly PayoutLine[],
  note: string,
): string {
  const { header, row } = LAYOUTS[format]
  const rows = lines.map((line) => row(line, note))
  return stringify(header ? [header, ...rows] : rows, {
    escape_formulas: true,
    record_delimiter: 'windows',
  })
}

function decimal({ amount, currency }: PayoutLine): string {
  return amountText(amount, currency)
}
