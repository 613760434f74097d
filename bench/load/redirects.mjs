/** Clicks as browsers make them: ten thousand codes, twenty browsers. */
import { CODES, codeOf } from '../lib/visitors.mjs'

const BROWSERS = 20

/** @param {string} host */
export function redirectRequests(host) {
  const requests = Array.from({ length: CODES }, (_, number) => {
    const version = 120 + (number % BROWSERS)
    return Buffer.from(
      `GET /r/${codeOf(number)} HTTP/1.1\r\nhost: ${host}\r\n` +
        `user-agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${version}.0 Safari/537.36\r\n` +
        'accept: text/html,application/xhtml+xml\r\naccept-language: en-GB,en\r\n\r\n',
      'latin1',
    )
  })
  const [first = Buffer.alloc(0)] = requests
  return () => ({ bytes: requests[Math.floor(Math.random() * CODES)] ?? first, ids: [] })
}
