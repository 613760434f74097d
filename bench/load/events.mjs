/** Requests with events as the SDKs send them: written once, and given new ids before each sending. */
import { CODES, codeOf, knownVisitor, makeId, payerOf, RETURNING } from '../lib/visitors.mjs'

/**
 * @typedef {object} EventLoad
 * @property {string} key
 * @property {number} batch events a request.
 * @property {boolean} mixed of ten events seven visits, two signups, one sale; otherwise visits only.
 * @property {import('../lib/visitors.mjs').KnownVisitors} known
 * @property {number} [payers] sales only, each of one of so many customers (`payerOf`).
 */

const PLACES = {
  id: `@I${'-'.repeat(30)}`,
  at: `@A${'-'.repeat(22)}`,
  visitor: `@V${'-'.repeat(32)}`,
  lastVisitor: `@T${'-'.repeat(32)}`,
  code: `@C${'-'.repeat(7)}`,
  customer: `@U${'-'.repeat(18)}`,
  lastCustomer: `@S${'-'.repeat(18)}`,
  order: `@O${'-'.repeat(18)}`,
  payer: `@B${'-'.repeat(18)}`,
}

const PAGES = ['/', '/pricing', '/docs/install/linux', '/blog/2026/why-we-pay-partners']
const REFERRERS = ['https://news.example/', 'https://partner-site.example/tools/best-of-2026']

/** @param {number} number */
function visit(number) {
  const { id, at, visitor, code } = PLACES
  const url = `https://shop.bench.test${PAGES[number % PAGES.length]}?via=${code}`
  const referrer = REFERRERS[number % REFERRERS.length]
  return { id, at, type: 'visit', code, url, referrer, visitor }
}

/** @param {number} number */
function mixed(number) {
  const { id, at, lastVisitor: visitor, customer, lastCustomer, order } = PLACES
  const place = number % 10
  if (place === 4 || place === 8) return { id, at, type: 'signup', customer, visitor }
  if (place !== 9) return visit(number)
  return { id, at, type: 'sale', customer: lastCustomer, order, amount: 4900, currency: 'EUR' }
}

function sale() {
  const { id, at, payer: customer, order } = PLACES
  return { id, at, type: 'sale', customer, order, amount: 4900, currency: 'EUR' }
}

/**
 * The request of one connection, to be renewed before each sending. With a batch of one, `mixed` takes turns.
 *
 * @param {EventLoad} load
 * @param {string} host
 * @param {number} connection
 */
export function eventRequests(load, host, connection) {
  const make = load.payers ? sale : load.mixed ? mixed : visit
  const variants = load.batch === 1 && load.mixed ? 10 : 1
  const requests = Array.from({ length: variants }, (_, variant) => {
    const first = load.batch === 1 && load.mixed ? variant : connection
    const events = Array.from({ length: load.batch }, (_, index) => make(first + index))
    return template(load, host, events)
  })
  const ids = new IdSource(load, connection)
  let turn = connection
  return () => {
    const request = requests[turn++ % variants] ?? fail()
    return { bytes: request.bytes, ids: ids.fill(request) }
  }
}

/**
 * @param {EventLoad} load
 * @param {string} host
 * @param {readonly object[]} events
 */
function template(load, host, events) {
  const body = JSON.stringify({ key: load.key, sentAt: PLACES.at, events })
  const head =
    `POST /v1/events HTTP/1.1\r\nhost: ${host}\r\ncontent-type: text/plain;charset=UTF-8\r\n` +
    'origin: https://shop.bench.test\r\naccept: */*\r\n' +
    'user-agent: Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0 Safari/537.36\r\n' +
    `content-length: ${Buffer.byteLength(body)}\r\n\r\n`
  const text = head + body
  return { bytes: Buffer.from(text, 'latin1'), slots: findSlots(text) }
}

/** @typedef {{ name: keyof typeof PLACES, offset: number }} Slot */

/**
 * Where the changing parts stand, in the order of the text.
 *
 * @param {string} text
 */
function findSlots(text) {
  /** @type {Slot[]} */
  const slots = []
  for (const name of /** @type {(keyof typeof PLACES)[]} */ (Object.keys(PLACES))) {
    let offset = text.indexOf(PLACES[name])
    for (; offset >= 0; offset = text.indexOf(PLACES[name], offset + 1))
      slots.push({ name, offset })
  }
  return slots.sort((a, b) => a.offset - b.offset)
}

/** Makes what an event needs anew: a signup ties the visitor of the visit before it, a sale its customer. */
class IdSource {
  #load
  #connection
  #visitor = ''
  #customers = 0
  #orders = 0
  #code = ''
  #run = makeId(Date.now()).slice(-6)

  /**
   * @param {EventLoad} load
   * @param {number} connection
   */
  constructor(load, connection) {
    this.#load = load
    this.#connection = String(connection).padStart(3, '0')
  }

  /**
   * @param {{ bytes: Buffer, slots: readonly Slot[] }} request
   * @returns {string[]} the ids of its events.
   */
  fill({ bytes, slots }) {
    const now = Date.now()
    const at = new Date(now).toISOString()
    const ids = []
    // A visit names its code twice (`code`, and in `url`), both after its id.
    for (const { name, offset } of slots) {
      const text = name === 'at' ? at : this.#make(name, now)
      if (name === 'id') ids.push(text)
      bytes.write(text, offset, 'latin1')
    }
    return ids
  }

  /**
   * @param {Exclude<keyof typeof PLACES, 'at'>} name
   * @param {number} now
   */
  #make(name, now) {
    switch (name) {
      case 'id':
        this.#code = codeOf(Math.floor(Math.random() * CODES))
        return makeId(now)
      case 'code':
        return this.#code
      case 'visitor':
        this.#visitor = this.#anyVisitor(now)
        return this.#visitor
      case 'lastVisitor':
        this.#visitor ||= this.#anyVisitor(now)
        return this.#visitor
      case 'customer':
        this.#customers++
        return this.#name('cus_', this.#customers)
      case 'lastCustomer':
        return this.#name('cus_', this.#customers)
      case 'order':
        this.#orders++
        return this.#name('ord_', this.#orders)
      case 'payer':
        return payerOf(Math.floor(Math.random() * (this.#load.payers ?? 1)))
    }
  }

  /** @param {number} now */
  #anyVisitor(now) {
    const { known } = this.#load
    const returns = known.count > 0 && Math.random() < RETURNING
    if (!returns) return `v_${makeId(now)}`
    return knownVisitor(known, Math.floor(Math.random() * known.count))
  }

  /**
   * Twenty characters, unlike those of other connections and rounds.
   *
   * @param {string} prefix
   * @param {number} number
   */
  #name(prefix, number) {
    return `${prefix}${this.#run}${this.#connection}${String(number).padStart(7, '0')}`
  }
}

/** @returns {never} */
function fail() {
  throw new Error('no request to send')
}
