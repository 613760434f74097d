/** The shop's pages and forms: which request does what. */
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { checkout, message, thankYou } from './pages/checkout.mjs'
import { creditPage, storyPart } from './pages/credit.mjs'
import { landing } from './pages/landing.mjs'
import { layout } from './pages/layout.mjs'
import { signup } from './pages/signup.mjs'
import { CURRENCY, planOf } from './plans.mjs'
import { tellStory } from './story.mjs'

const FILES = {
  '/shop.css': 'text/css; charset=utf-8',
  '/shop.js': 'text/javascript; charset=utf-8',
  '/favicon.svg': 'image/svg+xml',
  '/tick.svg': 'image/svg+xml',
}
const MOST_FORM_BYTES = 10_000

/** What each page and form does; the rest is a 404. */
const ROUTES = {
  'GET /': (visit) => show(visit, visit.response, 200, landing(), '/'),
  'GET /signup': (visit) => show(visit, visit.response, 200, signup(visit.plan)),
  'POST /signup': signUp,
  'GET /checkout': (visit) =>
    visit.customer
      ? show(visit, visit.response, 200, checkout(visit.plan, { verdict: visit.query.get('code') }))
      : leave(visit.response, '/signup'),
  'POST /buy': buy,
  'GET /thank-you': (visit) =>
    show(visit, visit.response, 200, thankYou(visit.plan, visit.query.get('order') ?? '')),
  'GET /credit': credit,
  'POST /start-over': (visit) => {
    visit.response.appendHeader('set-cookie', visit.sessions.write(undefined))
    leave(visit.response, '/credit')
  },
}

/** Answers one request. */
export async function handle(context, request, response) {
  const { pathname, searchParams: query } = new URL(request.url ?? '/', 'http://shop')
  const method = request.method === 'HEAD' ? 'GET' : request.method
  if (method === 'GET' && Object.hasOwn(FILES, pathname)) return sendFile(response, pathname)
  const route = ROUTES[`${method} ${pathname}`]
  if (!route) {
    return show(context, response, 404, message('Not found', 'There is no such page here.'))
  }
  if (method === 'POST' && isForeign(request)) {
    return show(context, response, 403, message('Not from here', 'This form is another site’s.'))
  }
  const form = method === 'POST' ? await readForm(request) : new URLSearchParams()
  const cookieHeader = request.headers.cookie
  const customer = context.sessions.read(cookieHeader)
  const plan = planOf(form.get('plan') ?? query.get('plan'))
  // Safari ends after 7 days what a script wrote, and not what a server sets.
  const refreshed = context.partners.refreshCookie(request)
  if (refreshed && pathname !== '/start-over') response.appendHeader('set-cookie', refreshed)
  return route({ ...context, response, query, form, cookieHeader, customer, plan })
}

/** The signup is told by the backend, with the visitor out of the script's cookie. */
async function signUp(visit) {
  const { response, form, plan, cookieHeader, partners, sessions } = visit
  const email = (form.get('email') ?? '').trim()
  const code = form.get('partner_code') ?? ''
  if (!/^[^\s@]{1,64}@[^\s@]{1,189}$/.test(email)) {
    const problem = 'Please enter an e-mail address.'
    return show(visit, response, 422, signup(plan, { email, code, problem }))
  }
  const customer = `cus_${randomBytes(9).toString('hex')}`
  const verdict = await partners.signedUp(customer, { email, cookieHeader, codeField: code })
  response.appendHeader('set-cookie', sessions.write(customer))
  const note = verdict?.status === 'unknown_code' ? '&code=unknown_code' : ''
  return leave(response, `/checkout?plan=${plan.id}${note}`)
}

async function buy({ response, plan, customer, partners }) {
  if (!customer) return leave(response, '/signup')
  const order = `in_${randomBytes(9).toString('hex')}`
  await partners.paid({ customer, order, amount: plan.price, currency: CURRENCY, plan: plan.id })
  return leave(response, `/thank-you?plan=${plan.id}&order=${order}`)
}

async function credit(visit) {
  const { response, query, customer, cookieHeader, shop } = visit
  const story = await tellStory(visit, customer, cookieHeader)
  if (query.has('part'))
    return send(response, 200, 'text/html; charset=utf-8', `${storyPart(story)}`)
  return show(visit, response, 200, creditPage(story, shop), '/credit')
}

/** Answers with a page in the shop's frame. */
export function show({ shop }, response, status, { title, main }, path = '') {
  const { origin } = new URL(shop.publicEndpoint)
  response.setHeader(
    'content-security-policy',
    `default-src 'self'; script-src 'self' ${origin}; connect-src 'self' ${origin}; base-uri 'none'`,
  )
  return send(
    response,
    status,
    'text/html; charset=utf-8',
    `${layout({ title, main, path, shop })}`,
  )
}

function send(response, status, type, body) {
  response.writeHead(status, {
    'content-type': type,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'strict-origin-when-cross-origin',
  })
  response.end(body)
}

async function sendFile(response, pathname) {
  const body = await readFile(new URL(`./public${pathname}`, import.meta.url))
  response.writeHead(200, {
    'content-type': FILES[pathname],
    'cache-control': 'no-cache',
    'x-content-type-options': 'nosniff',
  })
  response.end(body)
}

function leave(response, location) {
  response.writeHead(303, { location, 'cache-control': 'no-store' }).end()
}

/** A form that another site made the browser send. */
function isForeign({ headers }) {
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site !== 'same-origin' && site !== 'none'
  const { origin } = headers
  return origin !== undefined && origin.replace(/^https?:\/\//, '') !== headers.host
}

async function readForm(request) {
  const chunks = []
  let bytes = 0
  for await (const chunk of request) {
    bytes += chunk.length
    if (bytes > MOST_FORM_BYTES) return new URLSearchParams()
    chunks.push(chunk)
  }
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'))
}
