/** Amounts as people write them; for currencies with two decimals. */

/** 14700 → "147.00" */
export function money(minor) {
  const digits = String(Math.abs(minor)).padStart(3, '0')
  return `${minor < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`
}

/** Names with their amounts, those that are not 0: "approved 99.20, settled 104.10" */
export function amountsBesideZero(amounts) {
  const there = Object.entries(amounts).filter(([, minor]) => minor !== 0)
  return there.map(([name, minor]) => `${name} ${money(minor)}`).join(', ') || 'nothing'
}

/** A partner's balance, in a program with one currency and one kind of reward. */
export async function balanceOf(ask, partner) {
  const { balances } = await ask('GET', `/v1/partners/${partner}/balance`)
  const [{ currency, kind, ...amounts } = {}] = balances
  return amountsBesideZero(amounts)
}
