/** Destinations of links: on the program's sites, checked once, when they are set (RULES, DESIGN "Security"). */
import { domainToUnicode } from 'node:url'

/** Why a text is no destination. */
export interface BadDestination {
  detail: string
}

/** Control characters, white space and backslashes: parsers disagree about them. */
const AMBIGUOUS = /[\p{C}\p{Z}\\]/u
const SHAPE = /^https?:\/\/([^/?#]+)/i

/**
 * Reads an absolute http(s) URL that every parser reads alike.
 *
 * @returns the URL, or why it is none.
 */
export function readWebUrl(text: string): URL | BadDestination {
  if (AMBIGUOUS.test(text)) return { detail: 'must hold no white space, control or backslash' }
  const authority = SHAPE.exec(text)?.[1]
  if (authority === undefined) return { detail: 'must be an http(s) URL' }
  if (authority.includes('@')) return { detail: 'must hold no user or password' }
  if (!URL.canParse(text)) return { detail: 'must be an http(s) URL' }
  const url = new URL(text)
  if (!isWritten(authority, url)) return { detail: 'must write its host plainly' }
  return url
}

/**
 * Reads the destination of a link.
 *
 * @param sites origins that the program's links may lead to.
 * @returns the URL in its normal form, or why it is refused.
 */
export function readDestination(text: string, sites: readonly string[]): URL | BadDestination {
  const url = readWebUrl(text)
  if (!(url instanceof URL)) return url
  if (!sites.includes(url.origin)) return { detail: "must lead to one of the program's sites" }
  return url
}

/** The host stands there as the URL is read: no escapes, no look-alikes that are folded, no number tricks. */
function isWritten(authority: string, url: URL): boolean {
  const written = authority.toLowerCase().replace(url.protocol === 'https:' ? /:443$/ : /:80$/, '')
  const port = url.port === '' ? '' : `:${url.port}`
  return written === url.host || written === domainToUnicode(url.hostname) + port
}
