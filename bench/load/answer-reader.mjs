const STORED = '"outcome":"stored"'

/** Reads one HTTP/1.1 answer at a time, just enough to know where it ends. */
export class AnswerReader {
  text = ''
  #bodyStart = -1
  /** Bytes of the body; -1: chunked. */
  #length = 0

  /**
   * @param {Buffer} chunk
   * @returns {boolean} whether the answer is complete.
   */
  take(chunk) {
    this.text += chunk.toString('latin1')
    if (this.#bodyStart < 0) {
      const end = this.text.indexOf('\r\n\r\n')
      if (end < 0) return false
      this.#bodyStart = end + 4
      const head = this.text.slice(0, end)
      const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
      this.#length = length === undefined ? -1 : Number(length)
      if (length === undefined && !/\r\ntransfer-encoding: *chunked/i.test(head)) this.#length = 0
    }
    if (this.#length < 0) return this.text.endsWith('\r\n0\r\n\r\n')
    return this.text.length >= this.#bodyStart + this.#length
  }

  /**
   * @param {number} status
   * @param {number} stored how many events it must say are stored.
   */
  isAsExpected(status, stored) {
    if (Number(this.text.slice(9, 12)) !== status) return false
    let found = 0
    if (stored > 0) {
      let at = this.text.indexOf(STORED, this.#bodyStart)
      for (; at >= 0; at = this.text.indexOf(STORED, at + STORED.length)) found++
    }
    return found === stored
  }

  reset() {
    this.text = ''
    this.#bodyStart = -1
  }
}
