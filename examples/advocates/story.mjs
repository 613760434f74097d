/** The months of 2026, and beside every fact what it must come to. */
import { balanceOf } from '../rehearsal/amounts.mjs'
import { approveAll, settle } from './month-end.mjs'
import { at, creditOf, rewardOf, seenOf } from './words.mjs'

/**
 * @typedef {object} Stage
 * @property {Function} ask the API, with the secret key
 * @property {(time: string) => Promise<unknown>} goTo moves the collector's clock
 * @property {(time: string) => Promise<unknown>} waitUntil the same, and does what has come due
 * @property {ReturnType<import('../rehearsal/table.mjs').openTable>['row']} row
 * @property {{ id: string, link: string }} ada
 * @property {ReturnType<import('./hosting.mjs').openHosting>} hosting
 * @property {ReturnType<import('./invoices.mjs').openInvoices>} invoices
 */

/** @param {Stage} stage */
export async function play(stage) {
  for (const month of [january, february, march, april, may, june]) await month(stage)
}

async function january({ ask, goTo, row, ada, hosting }) {
  await goTo(at('01-10', '10:00'))
  await hosting.signUp('alpha', { visitor: await hosting.followLink(ada.link) })
  row('whoever types ADA is offered', '50 % off 1 period', await hosting.offerOf('ADA'))
  row("alpha signs up by ADA's link: credit", 'ADA', await creditOf(ask, 'alpha'))
  const first = await hosting.pay('alpha', '01-10', '02-09')
  row('alpha pays the first month, at half price', '40.00', first)
  row('  reward', 'expected 03-11: 100.00', await rewardOf(ask, 'alpha'))

  await goTo(at('01-20', '10:00'))
  const beta = { lead: 'lead_1', code: 'ADA', name: 'Bea', email: 'bea@beta.example' }
  await hosting.submitReferral({ ...beta, company: 'Beta Ltd', note: 'asked me about backups' })
  await goTo(at('01-21', '10:00'))
  await hosting.acceptReferral('lead_1', 'beta')
}

async function february({ ask, goTo, row, hosting }) {
  await goTo(at('02-01'))
  await hosting.signUp('beta')
  row('beta, whom ADA submitted, signs up: credit', 'ADA', await creditOf(ask, 'beta'))
  row('beta pays the first month', '40.00', await hosting.pay('beta', '02-01', '03-03'))
  await goTo(at('02-09'))
  row('alpha pays the second month', '80.00', await hosting.pay('alpha', '02-09', '03-11'))
  row('  reward', 'expected 03-11: 100.00', await rewardOf(ask, 'alpha'))
}

async function march({ ask, goTo, waitUntil, row, ada, hosting }) {
  await goTo(at('03-01'))
  await hosting.signUp('delta', { code: 'ADA' })
  await hosting.pay('delta', '03-01', '03-31')
  row(
    'delta types the code ADA and pays: reward',
    'expected 04-30: 150.00',
    await rewardOf(ask, 'delta'),
  )

  await goTo(at('03-02'))
  await hosting.signUp('ada', { visitor: await hosting.followLink(ada.link) })
  const full = await hosting.pay('ada', '03-02', '04-01')
  row('ada signs up with her own link: credit', 'self_referral', await creditOf(ask, 'ada'))
  row('  pays', '80.00', full)
  row('  reward', 'none: self_referral', await rewardOf(ask, 'ada'))

  await goTo(at('03-03'))
  row('beta pays the second month', '80.00', await hosting.pay('beta', '03-03', '04-02'))
  await waitUntil(at('03-11'))
  row("alpha's second month is over: reward", 'new 100.00 in 2026-03', await rewardOf(ask, 'alpha'))

  await goTo(at('03-21'))
  await hosting.signUp('gamma', { visitor: await hosting.followLink(ada.link) })
  await hosting.pay('gamma', '03-21', '04-20')

  await goTo(at('03-31', '16:00'))
  await hosting.pay('delta', '03-31', '04-30')
  row('the vendor approves what is new', 'done', await approveAll(ask))
  row('  reward of alpha', 'approved 100.00 in 2026-03', await rewardOf(ask, 'alpha'))
  row('ADA sees', 'new', await seenOf(ask, 'alpha'))
}

async function april({ ask, goTo, waitUntil, row, ada, hosting, invoices }) {
  await waitUntil(at('04-02'))
  row("beta's second month is over: reward", 'new 100.00 in 2026-04', await rewardOf(ask, 'beta'))

  await waitUntil(at('04-12', '23:59'))
  row('a minute before the publish day ADA sees', 'new', await seenOf(ask, 'alpha'))
  await waitUntil(at('04-13'))
  row('publish day: ADA sees', 'approved', await seenOf(ask, 'alpha'))
  await goTo(at('04-14'))
  const given = await settle(ask, '2026-04', invoices.credit)
  row('settlement: credit on the invoice of', 'ada 100.00', given)
  row('ADA has', 'new 100.00, settled 100.00', await balanceOf(ask, ada.id))

  await goTo(at('04-15'))
  await hosting.cancel('delta')
  await goTo(at('04-20'))
  await hosting.pay('gamma', '04-20', '05-20')
  await goTo(at('04-30', '16:00'))
  row(
    'delta cancelled in the second month: reward',
    'none: cancelled_before_qualification',
    await rewardOf(ask, 'delta'),
  )
  row('the vendor approves what is new', 'done', await approveAll(ask))
}

async function may({ ask, goTo, waitUntil, row, invoices }) {
  await waitUntil(at('05-14'))
  row(
    'settlement: credit on the invoice of',
    'ada 100.00',
    await settle(ask, '2026-05', invoices.credit),
  )
  await waitUntil(at('05-20'))
  row(
    'gamma, the third, has two months behind it',
    'new 150.00 in 2026-05',
    await rewardOf(ask, 'gamma'),
  )
  await goTo(at('05-31', '16:00'))
  row('the vendor approves what is new', 'done', await approveAll(ask))
}

async function june({ ask, waitUntil, row, ada, invoices }) {
  await waitUntil(at('06-14'))
  row(
    'settlement: credit on the invoice of',
    'ada 150.00',
    await settle(ask, '2026-06', invoices.credit),
  )
  row('ADA has', 'settled 350.00', await balanceOf(ask, ada.id))
  row('credits on her invoices', '100.00 100.00 150.00', invoices.of('ada'))
}
