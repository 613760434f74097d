/** Money that goes back: refunds, disputes, credit notes. */
import type { z } from 'zod'
import { toMinorUnits } from './minor-units.ts'
import { type MoneyBack, type PaidOrder, type Parts, type Scene, timeOfStatus } from './reading.ts'
import type { Charge, CreditNote, dispute as disputeShape, Refund } from './shapes.ts'

/** `refund.*` and `charge.refund.updated`: one refund, told as often as it changes. */
export function readRefund(scene: Scene, refund: Refund): Parts {
  return { moneyBack: refundTold(scene, refund) }
}

/**
 * `charge.refunded`: the refunds that the charge lists. API versions since 2022-11-15 list none, and `refund.*` tells them. Every
 * other event of a charge says only which invoice it paid, and that before 2025-03-31.basil only.
 */
export function readCharge(scene: Scene, charge: Charge): Parts {
  const { id, invoice, payment_intent: intent, refunds } = charge
  const currency = charge.currency.toUpperCase()
  const paid: PaidOrder[] = [intent, id].flatMap((payment) =>
    payment === undefined || invoice === undefined ? [] : [{ payment, order: invoice, currency }],
  )
  const listed = scene.event.type === 'charge.refunded' ? (refunds?.data ?? []) : []
  const moneyBack = listed.flatMap((refund) =>
    refundTold(scene, {
      ...refund,
      charge: refund.charge ?? id,
      payment_intent: refund.payment_intent ?? intent,
    }),
  )
  return { moneyBack, paid }
}

/**
 * `charge.dispute.*`: money that a bank took back, until it is returned. An inquiry (`warning_…`) and a dispute that
 * was prevented move no money.
 */
export function readDispute(scene: Scene, dispute: z.output<typeof disputeShape>): Parts {
  const { type } = scene.event
  const status = statusOfDispute(type, dispute.status)
  return status === undefined ? {} : { moneyBack: told(scene, dispute, status) }
}

/**
 * `credit_note.*`: what was credited after the payment to the customer's balance or outside of Stripe. What it gave back
 * as a refund is told by that refund; what it took off before the payment was never paid.
 */
export function readCreditNote(scene: Scene, note: CreditNote): Parts {
  const status = note.status === 'void' ? 'undone' : 'made'
  const credited = creditedApart(note)
  if (credited <= 0) return {}
  const currency = note.currency.toUpperCase()
  return {
    events: [
      {
        type: 'refund',
        at: timeOfStatus(scene, status),
        refund: note.id,
        order: note.invoice,
        amount: toMinorUnits(credited, currency),
        reason: note.reason || 'credit_note',
        status,
      },
    ],
  }
}

function refundTold(scene: Scene, refund: Refund) {
  const isOver = refund.status === 'failed' || refund.status === 'canceled'
  return told(scene, refund, isOver ? 'undone' : 'made')
}

function told(
  scene: Scene,
  back: Pick<Refund, 'id' | 'amount' | 'currency' | 'charge' | 'payment_intent' | 'reason'>,
  status: MoneyBack['status'],
): Omit<MoneyBack, 'id'>[] {
  const payments = [back.payment_intent, back.charge].filter((payment) => payment !== undefined)
  if (payments.length === 0 || back.amount < 0) return []
  const currency = back.currency.toUpperCase()
  return [
    {
      at: timeOfStatus(scene, status),
      payments,
      currency,
      refund: back.id,
      amountMinor: toMinorUnits(back.amount, currency),
      ...(back.reason ? { reason: back.reason } : {}),
      status,
    },
  ]
}

function statusOfDispute(type: string, status: string): MoneyBack['status'] | undefined {
  if (type === 'charge.dispute.funds_withdrawn') return 'made'
  if (type === 'charge.dispute.funds_reinstated') return 'undone'
  if (status === 'won' || status === 'prevented') return 'undone'
  return status.startsWith('warning_') ? undefined : 'made'
}

/** Versions before 2025-03-31.basil say the whole, the part outside of Stripe, and which refund there was. */
function creditedApart(note: CreditNote): number {
  const { post_payment_amount: after, refunds, out_of_band_amount: outside = 0 } = note
  if (after !== undefined) {
    return after - (refunds ?? []).reduce((sum, refund) => sum + refund.amount_refunded, 0)
  }
  if (note.type === 'pre_payment') return 0
  if (note.refund === undefined) return note.total
  if (typeof note.refund === 'object' && note.refund.amount !== undefined) {
    return note.total - note.refund.amount
  }
  const balance = note.customer_balance_transaction
  const credit = typeof balance === 'object' ? Math.abs(balance.amount ?? 0) : 0
  return outside + credit
}
