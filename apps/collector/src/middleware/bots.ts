import { isbot } from 'isbot'

const MAX_REMEMBERED = 5000
/** Longer ones are no browser's; they are judged by their beginning and not remembered. */
const MAX_LENGTH = 512
const remembered = new Map<string, boolean>()

/** Whether a User-Agent is a program's, or missing (RULES E6). */
export function isBot(userAgent: string | undefined): boolean {
  if (!userAgent) return true
  if (userAgent.length > MAX_LENGTH) return isbot(userAgent.slice(0, MAX_LENGTH))
  const known = remembered.get(userAgent)
  if (known !== undefined) return known
  const bot = isbot(userAgent)
  if (remembered.size >= MAX_REMEMBERED) remembered.clear()
  remembered.set(userAgent, bot)
  return bot
}

/** Whether the browser fetches ahead and nobody has clicked yet. */
export function isPrefetch(header: (name: string) => string | undefined): boolean {
  const purpose =
    header('sec-purpose') ?? header('purpose') ?? header('x-purpose') ?? header('x-moz')
  return purpose !== undefined && /prefetch|prerender|preview/i.test(purpose)
}
