/** Reads the answers of one connection and throws their bodies away, with as little work as Node allows. */
import { connect } from 'node:net'

const HEAD_END = '\r\n\r\n'

/**
 * @typedef {object} DownloadEnd
 * @property {number} firstByteMs from sending the request to the first byte of the answer.
 * @property {number} bytes of the body.
 * @property {string} wrong why the answer is not the one that was asked for; empty: it is.
 */

export class DownloadReader {
  #socket
  #head = ''
  /** Bytes of the body that are still to come; -1: the head is. */
  #left = -1
  #bytes = 0
  #sentAt = 0
  #firstByteMs = 0
  #wrong = ''
  #isStamped = false
  #leaves = false
  #pauseMs
  /** @type {((end: DownloadEnd) => void) | undefined} */
  #resolve

  /**
   * @param {URL} url
   * @param {Buffer} buffer where everything is read into; readers may share one.
   * @param {number} [pauseMs] the reader rests so long whenever it has read something.
   */
  constructor(url, buffer, pauseMs = 0) {
    this.#pauseMs = pauseMs
    this.#socket = connect({
      port: Number(url.port),
      host: url.hostname,
      noDelay: true,
      onread: { buffer, callback: (length, bytes) => this.#take(length, bytes) },
    })
    this.#socket.on('error', () => {})
    this.#socket.on('close', () => this.#end('the server closed the connection'))
  }

  /** @returns {Promise<void>} once it is connected. */
  connected() {
    return new Promise((resolve, reject) => {
      this.#socket.once('connect', () => resolve())
      this.#socket.once('error', reject)
    })
  }

  /**
   * Asks for a file, and tells when it has it.
   *
   * @param {string} host
   * @param {string} path
   * @param {{ isStamped: boolean, leaves?: boolean }} options `leaves`: the first bytes are enough.
   * @returns {Promise<DownloadEnd>}
   */
  get(host, path, { isStamped, leaves = false }) {
    this.#head = ''
    this.#left = -1
    this.#bytes = 0
    this.#wrong = ''
    this.#isStamped = isStamped
    this.#leaves = leaves
    return new Promise((resolve) => {
      this.#resolve = resolve
      this.#sentAt = performance.now()
      this.#socket.write(`GET ${path} HTTP/1.1\r\nhost: ${host}\r\naccept: */*\r\n\r\n`, 'latin1')
    })
  }

  /** Whether the answer to the last request has begun. */
  get hasAnswer() {
    return this.#left >= 0
  }

  /**
   * Leaves; a download that is under way ends with what has come.
   *
   * @returns {Promise<void>} once the connection is gone.
   */
  leave() {
    this.#end(this.hasAnswer ? this.#wrong : 'no answer')
    return new Promise((resolve) => {
      if (this.#socket.closed) resolve()
      this.#socket.once('close', () => resolve())
      this.#socket.destroy()
    })
  }

  /** @param {number} length @param {Uint8Array} bytes @returns {boolean} whether to read on. */
  #take(length, bytes) {
    let body = length
    if (this.#left < 0) {
      if (this.#head === '') this.#firstByteMs = performance.now() - this.#sentAt
      body = this.#takeHead(Buffer.from(bytes.buffer, bytes.byteOffset, length))
      if (body < 0) return true
    }
    this.#left -= body
    this.#bytes += body
    if (this.#left === 0 || this.#leaves) this.#end(this.#wrong)
    if (this.#pauseMs === 0) return true
    setTimeout(() => this.#socket.resume(), this.#pauseMs)
    return false
  }

  /** @param {Buffer} bytes @returns {number} how many of them belong to the body; -1: the head goes on. */
  #takeHead(bytes) {
    const before = this.#head.length
    this.#head += bytes.toString('latin1', 0, Math.min(bytes.length, 8192))
    const end = this.#head.indexOf(HEAD_END)
    if (end < 0) return -1
    const head = this.#head.slice(0, end)
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
    const isStamped = /\r\nx-sentby-stamp: *code=/i.test(head)
    if (!head.startsWith('HTTP/1.1 200 ') || !length || isStamped !== this.#isStamped) {
      this.#wrong = head
    }
    this.#left = Number(length ?? 0)
    return before + bytes.length - end - HEAD_END.length
  }

  /** @param {string} wrong */
  #end(wrong) {
    this.#resolve?.({ firstByteMs: this.#firstByteMs, bytes: this.#bytes, wrong })
    this.#resolve = undefined
  }
}
