/** Mailbox names whose dots mean nothing, with the one name they are compared under (RULES E7). */
const GMAIL = 'gmail.com'
const DOTLESS: ReadonlySet<string> = new Set([GMAIL, 'googlemail.com'])

/**
 * The form in which two e-mail addresses are compared (RULES E7): trimmed, lower-cased, in its plain characters, without
 * `+tag` and the dot behind a domain; for Gmail also without dots and under its one name. Text without a mailbox keeps
 * all that is not case, space around it or a dot behind it.
 */
export function normaliseEmail(text: string): string {
  // Full-width letters and a dot behind the domain deliver to the same mailbox.
  const address = text.normalize('NFKC').trim().toLowerCase().replace(/\.+$/, '')
  const split = address.lastIndexOf('@')
  if (split < 1) return address
  const domain = address.slice(split + 1)
  const mailbox = withoutTag(address.slice(0, split))
  return DOTLESS.has(domain) ? `${withoutDots(mailbox)}@${GMAIL}` : `${mailbox}@${domain}`
}

/** Cuts from the first `+`; a mailbox that starts with one has no tag to cut. */
function withoutTag(mailbox: string): string {
  const plus = mailbox.indexOf('+')
  return plus > 0 ? mailbox.slice(0, plus) : mailbox
}

function withoutDots(mailbox: string): string {
  return mailbox.replaceAll('.', '')
}
