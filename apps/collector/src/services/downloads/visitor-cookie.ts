/** What the script's cookie tells a download page. Its form is that of `@sentby/browser`. */

export interface KnownVisitor {
  visitor: string
  /** The last code, while it counts. */
  code: string | undefined
}

const DAY_MS = 24 * 60 * 60 * 1000
/** As long as the script keeps a touch. */
const TOUCH_DAYS = 90
const VALUE =
  /^1\.\d{1,2}\.([\w-]{1,128})(?:\.[A-Z0-9]{2,32}\.[lt][0-9a-z]{1,11}\.([A-Z0-9]{2,32})\.[lt]([0-9a-z]{1,11}))?$/

/**
 * Reads the visitor out of a `Cookie` header: the first `_sentby` that reads well. A visitor who asks not to be
 * tracked (`DNT`, `Sec-GPC`) is nobody.
 */
export function visitorOf(
  header: (name: string) => string | undefined,
  nowMs: number,
): KnownVisitor | undefined {
  if (header('dnt')?.trim() === '1' || header('sec-gpc')?.trim() === '1') return undefined
  for (const pair of (header('cookie') ?? '').split(';')) {
    const split = pair.indexOf('=')
    if (split < 0 || pair.slice(0, split).trim() !== '_sentby') continue
    const [, visitor, code, time] = VALUE.exec(pair.slice(split + 1).trim()) ?? []
    if (visitor === undefined) continue
    const isAlive = nowMs - Number.parseInt(time ?? '', 36) <= TOUCH_DAYS * DAY_MS
    return { visitor, code: isAlive ? code : undefined }
  }
  return undefined
}
