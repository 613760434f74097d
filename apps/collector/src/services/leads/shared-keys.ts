/** By what leads of one person or company are recognised: keyed hashes, since facts outlive people's data (RULES F8). */
import { normaliseEmail } from '@sentby/domain'
import { hashPersonal } from '../people.ts'

/** Mailboxes of anybody: two people there are of no one company. */
const PUBLIC_MAILBOXES: ReadonlySet<string> = new Set([
  ...['gmail.com', 'googlemail.com', 'outlook.com', 'hotmail.com', 'live.com', 'msn.com'],
  ...['yahoo.com', 'ymail.com', 'icloud.com', 'me.com', 'mac.com', 'aol.com', 'zoho.com'],
  ...['proton.me', 'protonmail.com', 'pm.me', 'tutanota.com', 'fastmail.com', 'hey.com'],
  ...['gmx.com', 'gmx.net', 'gmx.de', 'gmx.at', 'gmx.ch', 'web.de', 't-online.de', 'freenet.de'],
  ...['mail.com', 'mail.ru', 'yandex.ru', 'yandex.com', 'ya.ru', 'rambler.ru', 'seznam.cz'],
  ...['orange.fr', 'free.fr', 'laposte.net', 'libero.it', 'wp.pl', 'onet.pl', 'o2.pl'],
  ...['qq.com', '163.com', '126.com', 'naver.com', 'rediffmail.com', 'bol.com.br', 'uol.com.br'],
])

/** Yahoo and Microsoft have a public domain in every country. */
const PUBLIC_IN_COUNTRIES = /^(yahoo|ymail|hotmail|live|outlook)(\.[a-z]{2,3}){1,2}$/

/** The domain of a company's mailbox; `null` for one that anybody can have. */
export function companyDomain(email: string): string | null {
  const address = normaliseEmail(email)
  const domain = address.slice(address.lastIndexOf('@') + 1)
  const isPublic = PUBLIC_MAILBOXES.has(domain) || PUBLIC_IN_COUNTRIES.test(domain)
  return isPublic || domain === '' ? null : domain
}

/** The form in which two names of a company are compared: letters and digits in lower case; `null`: there are none. */
export function companyName(text: string): string | null {
  const name = text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '')
  return name === '' ? null : name
}

/** The keyed hashes of what a lead told last, for its row. */
export function sharedKeys(
  peopleKey: string,
  { email, company }: { email: string | null; company: string | null },
): { domain_hash: string | null; company_hash: string | null } {
  const domain = email === null ? null : companyDomain(email)
  const name = company === null ? null : companyName(company)
  return {
    domain_hash: domain === null ? null : hashPersonal(peopleKey, `domain ${domain}`),
    company_hash: name === null ? null : hashPersonal(peopleKey, `company ${name}`),
  }
}
