import { readValue } from '../lib/database.mjs'

const LOOK_MS = 250
const GIVE_UP_MS = 20_000
/** Ids are in the order of time, so this reads the new ones only. */
const STORED = 'select count(*) from click where program_id = ? and id > ?'
const LATEST = 'select max(id) from click where program_id = ?'

/** Compares the redirects that were answered with the clicks that are stored, while both grow. */
export class StoredClicks {
  answered = 0
  /** The longest that a click was seen not to be stored. */
  latestMs = 0
  #database
  #latest

  /** @param {import('../lib/database.mjs').BenchDatabase} database what the collector writes. */
  constructor(database) {
    this.#database = database
    this.#latest = readValue(database.path, LATEST, database.programId) ?? ''
  }

  forgetWarmUp() {
    this.latestMs = 0
  }

  /**
   * Runs a load and waits until its clicks are stored.
   *
   * @param {(server: { pid: number | undefined, onProgress: (answered: number) => void }) => Promise<import('../load/loader.mjs').Measured>} load
   * @param {number | undefined} pid
   */
  async watch(load, pid) {
    const before = this.answered
    const history = [{ time: performance.now(), answered: before }]
    const note = (/** @type {number} */ answered) => {
      history.push({ time: performance.now(), answered: before + answered })
    }
    const look = setInterval(() => this.#look(history), LOOK_MS)
    const result = await load({ pid, onProgress: note })
    note(result.answered)
    this.answered = before + result.answered
    clearInterval(look)
    const end = performance.now()
    while (this.#look(history) < this.answered && performance.now() - end < GIVE_UP_MS) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS / 5))
    }
    return result
  }

  /** @param {readonly { time: number, answered: number }[]} history */
  #look(history) {
    const now = performance.now()
    const stored = this.#read()
    // The first moment whose clicks are not all there.
    const waiting = history.find(({ answered }) => answered > stored)
    if (waiting) this.latestMs = Math.max(this.latestMs, now - waiting.time)
    return stored
  }

  #read() {
    return readValue(this.#database.path, STORED, this.#database.programId, this.#latest)
  }
}
