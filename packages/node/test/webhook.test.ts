import { createHmac, randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { SentbyError, verifyWebhook, WebhookVerificationError } from '../src/index.ts'

const NOW_SECONDS = 1_795_341_600
const KEY = randomBytes(24)
const SECRET = `whsec_${KEY.toString('base64')}`
const OTHER_SECRET = `whsec_${randomBytes(32).toString('base64')}`
const BODY = '{"type":"reward.approved","timestamp":"2026-11-22T10:00:00.000Z","data":{"é":1}}'

function signature(body: string | Uint8Array, key = KEY, id = 'msg_1', time = NOW_SECONDS): string {
  const text = createHmac('sha256', key).update(`${id}.${time}.`).update(body).digest('base64')
  return `v1,${text}`
}

function headers(changes: Record<string, string | undefined> = {}) {
  return {
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(NOW_SECONDS),
    'webhook-signature': signature(BODY),
    ...changes,
  }
}

const options = { now: () => NOW_SECONDS * 1000 }

function codeOf(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error instanceof SentbyError ? `${error.name} ${error.code}` : error
  }
  return undefined
}

describe('a genuine webhook gives its payload', () => {
  const expected = JSON.parse(BODY)
  test.each<[string, () => unknown]>([
    ['from text', () => verifyWebhook(BODY, headers(), SECRET, options)],
    ['from bytes', () => verifyWebhook(Buffer.from(BODY), headers(), SECRET, options)],
    [
      'with the headers of Fetch',
      () => verifyWebhook(BODY, new Headers(headers()), SECRET, options),
    ],
    [
      'with headers in capitals and lists',
      () =>
        verifyWebhook(
          BODY,
          {
            'Webhook-Id': 'msg_1',
            'Webhook-Timestamp': [String(NOW_SECONDS)],
            'WEBHOOK-SIGNATURE': ['v1,AAAA', signature(BODY)],
          },
          SECRET,
          options,
        ),
    ],
    ['with a bare base64 secret', () => verifyWebhook(BODY, headers(), SECRET.slice(6), options)],
    [
      'while the sender replaces its secret: one of several signatures fits',
      () => {
        const several = `v1,${'A'.repeat(43)}= v1a,xyz v2,abc v1,short ${signature(BODY)}`
        return verifyWebhook(BODY, headers({ 'webhook-signature': several }), SECRET, options)
      },
    ],
    [
      'while the receiver replaces its secret: one of several secrets fits',
      () => verifyWebhook(BODY, headers(), [OTHER_SECRET, SECRET], options),
    ],
  ])('%s', (_name, run) => {
    expect(run()).toEqual(expected)
  })

  test.each([-300, 0, 300])('with a clock that is off by %i s', (off) => {
    const now = () => (NOW_SECONDS + off) * 1000
    expect(verifyWebhook(BODY, headers(), SECRET, { now })).toEqual(expected)
  })
})

describe('anything else is not believed', () => {
  const mismatch = 'WebhookVerificationError webhook_signature_mismatch'
  const stale = 'WebhookVerificationError webhook_timestamp_invalid'
  const missing = 'WebhookVerificationError webhook_headers_missing'
  test.each<[string, string, string | Uint8Array, Record<string, string | undefined>]>([
    ['another body', mismatch, BODY.replace('1', '2'), {}],
    ['the same JSON written anew', mismatch, JSON.stringify(JSON.parse(BODY), null, 1), {}],
    ['no body', mismatch, '', {}],
    ['another id', mismatch, BODY, { 'webhook-id': 'msg_2' }],
    ['another time', mismatch, BODY, { 'webhook-timestamp': String(NOW_SECONDS + 1) }],
    ['no signature that we know', mismatch, BODY, { 'webhook-signature': 'v1a,AAAA' }],
    [
      'a signature without its version',
      mismatch,
      BODY,
      { 'webhook-signature': signature(BODY).slice(3) },
    ],
    ['an empty v1', mismatch, BODY, { 'webhook-signature': 'v1,' }],
    [
      'the key of somebody else',
      mismatch,
      BODY,
      { 'webhook-signature': signature(BODY, randomBytes(24)) },
    ],
    ['no id', missing, BODY, { 'webhook-id': undefined }],
    ['no time', missing, BODY, { 'webhook-timestamp': undefined }],
    ['an empty signature', missing, BODY, { 'webhook-signature': '' }],
    ['a time that is no number', stale, BODY, { 'webhook-timestamp': 'now' }],
    ['a time with decimals', stale, BODY, { 'webhook-timestamp': `${NOW_SECONDS}.0` }],
    ['NaN', stale, BODY, { 'webhook-timestamp': 'NaN' }],
  ])('%s', (_name, expected, body, changes) => {
    expect(codeOf(() => verifyWebhook(body, headers(changes), SECRET, options))).toBe(expected)
  })

  test.each([-301, 301])('a genuine one that is %i s away from now', (off) => {
    const now = () => (NOW_SECONDS + off) * 1000
    expect(codeOf(() => verifyWebhook(BODY, headers(), SECRET, { now }))).toBe(stale)
  })

  test.each(['', 'no json', '[]', 'null', '{"data":1}'])('a signed body that is %j', (body) => {
    const signed = headers({ 'webhook-signature': signature(body) })
    expect(codeOf(() => verifyWebhook(body, signed, SECRET, options))).toBe(
      'WebhookVerificationError webhook_body_invalid',
    )
  })

  test('the vector of the Standard Webhooks libraries passes the signature, and its body is none of ours', () => {
    const vector = {
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    }
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
    const now = () => 1614265330_000
    const check = (body: string) => codeOf(() => verifyWebhook(body, vector, secret, { now }))
    expect(check('{"test": 2432232314}')).toBe('WebhookVerificationError webhook_body_invalid')
    expect(check('{"test":2432232314}')).toBe(mismatch)
  })
})

test.each<[string, unknown, unknown]>([
  ['a parsed body', { type: 'x' }, SECRET],
  ['no secret', BODY, undefined],
  ['an empty secret', BODY, ''],
  ['an empty list of secrets', BODY, []],
  ['a key in place of the secret', BODY, 'sk_test_1234567890123456789012'],
])('%s is a mistake of the program, not a forgery', (_name, body, secret) => {
  const code = codeOf(() => verifyWebhook(body as string, headers(), secret as string, options))
  expect(code).toBe('SentbyError invalid_option')
})

test('a refusal is a SentbyError that is not worth a retry', () => {
  const error = new WebhookVerificationError('x', { code: 'webhook_body_invalid' })
  expect(error).toBeInstanceOf(SentbyError)
  expect(error.retryable).toBe(false)
})
