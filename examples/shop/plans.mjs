/** What the shop sells; prices in minor units a month. */
export const CURRENCY = 'EUR'

export const PLANS = [
  {
    id: 'solo',
    name: 'Solo',
    price: 900,
    for: 'For one person with their own customers',
    points: ['Unlimited invoices', 'Time tracking', 'Payment reminders'],
  },
  {
    id: 'team',
    name: 'Team',
    price: 2900,
    for: 'For up to ten people on shared projects',
    points: ['Everything in Solo', 'Shared projects and budgets', 'Approval before sending'],
    isPopular: true,
  },
  {
    id: 'studio',
    name: 'Studio',
    price: 7900,
    for: 'For agencies with many customers',
    points: ['Everything in Team', 'Several brands', 'Bookkeeping export'],
  },
]

/** The plan of that id; an unknown one is the popular plan. */
export function planOf(id) {
  return PLANS.find((plan) => plan.id === id) ?? PLANS[1]
}

/** 2900 → "€29" */
export function priceText(minor) {
  return new Intl.NumberFormat('en', {
    style: 'currency',
    currency: CURRENCY,
    minimumFractionDigits: minor % 100 === 0 ? 0 : 2,
  }).format(minor / 100)
}
