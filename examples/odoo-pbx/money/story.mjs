/** Fourteen months of payments, and beside every fact what it must come to. */
import { balanceOf } from '../../rehearsal/amounts.mjs'
import { payByPaypal } from './paypal.mjs'
import { creditWords, earnedBy, ledgerOf, leftOf, sumOf, waitingOf } from './words.mjs'

const at = (day, time = '08:00') => `${day}T${time}:00.000Z`

/** The tenth of the n-th month that is paid: 1 is February 2025. */
const paymentDay = (n) => new Date(Date.UTC(2025, n, 10)).toISOString().slice(0, 10)

/**
 * @typedef {object} Stage
 * @property {Function} ask the API, with the secret key
 * @property {(time: string) => Promise<unknown>} goTo moves the collector's clock
 * @property {(time: string) => Promise<unknown>} waitUntil the same, and does what has come due
 * @property {ReturnType<import('../../rehearsal/table.mjs').openTable>['row']} row
 * @property {import('@sentby/node').Sentby} sentby
 * @property {ReturnType<import('../collector.mjs').connect>} vendor
 * @property {{ MAX: string, LEA: string, NIA: string }} partners
 * @property {{ file: string, installs: string[] }} sites
 */

/** @param {Stage} stage */
export async function play(stage) {
  await installations(stage)
  for (let n = 1; n <= 14; n++) {
    await monthly(stage, n)
    await BETWEEN.get(n)?.(stage)
  }
  await afterwards(stage)
}

async function installations({ row, vendor, sites }) {
  const [first, second] = sites.installs
  const max = 'MAX by stamp won'
  row(`${sites.file} with code MAX, nothing typed`, max, await creditWords(vendor, first))
  const lea = 'LEA by typed won, MAX by stamp outranked'
  row('the same download, LEA typed', lea, await creditWords(vendor, second))
}

/** The customers of the first two sites pay; the installation ties them to their partners. */
async function monthly({ ask, goTo, row, sentby, sites }, n) {
  const [first, second] = sites.installs
  const day = paymentDay(n)
  await goTo(at(day))
  await pay(sentby, 'cus_1', n, first)
  row(`cus_1 pays 49.00 (payment ${n})`, '30 % of 49.00 = 14.70', await earnedBy(ask, `cus_1-${n}`))
  if (n > 13) return
  await pay(sentby, 'cus_2', n, second)
  const expected = n < 13 ? '10 % of 49.00 = 4.90' : 'none: term_ended'
  row(`cus_2 pays 49.00 (payment ${n})`, expected, await earnedBy(ask, `cus_2-${n}`))
}

function pay(sentby, customer, n, install) {
  const order = `${customer}-${n}`
  return sentby.sale({ customer, order, amount: 4900, currency: 'EUR', plan: 'monthly', install })
}

async function yearly({ ask, goTo, row, sentby }) {
  await goTo(at('2025-03-01'))
  // No installation here: the code was typed into the signup form.
  await sentby.signup({ customer: 'cus_4', code: 'LEA' })
  const year = { customer: 'cus_4', order: 'year', amount: 60_000, currency: 'EUR', plan: 'yearly' }
  await sentby.sale(year)
  row(
    'cus_4, who typed LEA, pays 600.00 for a year',
    '10 % of 600.00 = 60.00',
    await earnedBy(ask, 'year'),
  )
}

async function refunded({ ask, goTo, row, sentby, sites, partners }) {
  const earned = '30 % of 49.00 = 14.70'
  await pay(sentby, 'cus_3', 1, sites.installs[2])
  row('cus_3, who typed NIA, pays 49.00', earned, await earnedBy(ask, 'cus_3-1'))
  await goTo(at('2025-06-12'))
  await sentby.refund({ refund: 're_1', order: 'cus_3-1', amount: 1000 })
  row('10.00 of it is refunded', `${earned}, -3.00`, await earnedBy(ask, 'cus_3-1'))
  await goTo(at('2025-07-01'))
  await sentby.refund({ refund: 're_2', order: 'cus_3-1', amount: 3900 })
  row('the other 39.00 is refunded', `${earned}, -3.00, -11.70`, await earnedBy(ask, 'cus_3-1'))
  row('left of that reward', '0.00', await leftOf(ask, 'cus_3-1'))
  row('NIA has', 'nothing', await balanceOf(ask, partners.NIA))
}

async function disputed({ ask, goTo, row, sentby }) {
  const dispute = { refund: 'dp_1', order: 'cus_1-7' }
  await goTo(at('2025-08-20'))
  await sentby.refund({ ...dispute, reason: 'dispute' })
  row('payment 7 of cus_1 is disputed: left of the reward', '0.00', await leftOf(ask, 'cus_1-7'))
  await goTo(at('2025-09-01'))
  await sentby.refund({ ...dispute, status: 'undone' })
  row('the dispute is won: left of it', '14.70', await leftOf(ask, 'cus_1-7'))
}

async function notYet({ ask, waitUntil, row, partners }) {
  await waitUntil(at('2025-09-10', '09:00'))
  row('LEA has', 'approved 99.20', await balanceOf(ask, partners.LEA))
  row('paid by PayPal', 'nothing', await payByPaypal(ask))
}

async function leaIsPaid({ ask, waitUntil, row, partners }) {
  await waitUntil(at('2025-10-10', '09:00'))
  row('paid by PayPal', '104.10 to lea@pay.example', await payByPaypal(ask))
  row('LEA has', 'settled 104.10', await balanceOf(ask, partners.LEA))
}

async function termIsOver({ ask, row }) {
  row('all that cus_2 earned LEA', '58.80', await sumOf(ask, 'cus_2'))
}

async function maxIsPaid({ ask, waitUntil, row, partners }) {
  await waitUntil(at('2026-03-10', '09:00'))
  row('paid by PayPal', '205.80 to max@pay.example', await payByPaypal(ask))
  row('MAX has', 'settled 205.80', await balanceOf(ask, partners.MAX))
}

/** What happens after the n-th payment. */
const BETWEEN = new Map([
  [1, yearly],
  [5, refunded],
  [7, disputed],
  [8, notYet],
  [9, leaIsPaid],
  [13, termIsOver],
  [14, maxIsPaid],
])

async function afterwards({ ask, goTo, waitUntil, row, sentby, sites, partners }) {
  await goTo(at('2026-04-02'))
  await sentby.cancel({ id: 'cancel:cus_1', customer: 'cus_1' })
  await goTo(at('2026-05-10'))
  await pay(sentby, 'cus_1', 15, sites.installs[0])
  row(
    'cus_1 left on 2026-04-02, and pays again',
    'none: term_ended',
    await earnedBy(ask, 'cus_1-15'),
  )
  await goTo(at('2026-05-12'))
  await sentby.refund({ refund: 're_3', order: 'cus_1-14' })
  await waitUntil(at('2026-05-12', '09:00'))
  row('payment 14 of cus_1 is refunded: left of the reward', '0.00', await leftOf(ask, 'cus_1-14'))
  row('paid by PayPal', 'nothing', await payByPaypal(ask))
  const debt = 'approved -14.70, settled 205.80, debt 14.70'
  row('MAX has', debt, await balanceOf(ask, partners.MAX))
  row('MAX is not paid because', 'in_debt', await waitingOf(ask, partners.MAX))
  const ledger = 'approved -14.70, settled 14.70'
  row("that reward's accounts in the ledger", ledger, await ledgerOf(ask, 'cus_1-14'))
  row('LEA has', 'approved 14.70, settled 104.10', await balanceOf(ask, partners.LEA))
  row('LEA is not paid because', 'under_minimum', await waitingOf(ask, partners.LEA))
}
