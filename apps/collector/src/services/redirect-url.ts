/** RULES S6: the destination's query is kept, `via` is ours, of the request's query only `utm_*` passes. */

const MAX_REMEMBERED = 20_000
const remembered = new Map<string, string>()

/**
 * Where a click goes. The destination was checked when its link was made; nothing of the request can change
 * its scheme, host or path.
 *
 * @param query the request's query without `?`.
 */
export function redirectUrl(destination: string, code: string, query: string): string {
  if (query === '') {
    const key = `${code} ${destination}`
    let url = remembered.get(key)
    if (url === undefined) {
      url = build(destination, code, query)
      if (remembered.size >= MAX_REMEMBERED) remembered.clear()
      remembered.set(key, url)
    }
    return url
  }
  return build(destination, code, query)
}

function build(destination: string, code: string, query: string): string {
  const url = new URL(destination)
  for (const [name, value] of new URLSearchParams(query)) {
    if (/^utm_[a-z_]{1,28}$/.test(name) && value.length <= 255) url.searchParams.set(name, value)
  }
  url.searchParams.set('via', code)
  return url.href
}
