import { createPublicKey, verify } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import {
  artifactId,
  deriveKeys,
  issueToken,
  MAX_TOKEN_LENGTH,
  readToken,
  type StampKey,
  type TokenInput,
  verifyToken,
} from '../src/index.ts'
import { refusal } from './stamping.ts'

const SECRET = 'a secret of thirty-two characters'
const NOW_SECONDS = 1_763_769_600
const keys = deriveKeys(SECRET, 'prg_1')
const ring: StampKey[] = [keys.hmac, keys.ed25519]
const input: TokenInput = {
  program: 'acme',
  product: 'pbx',
  code: 'JANE',
  download: 'dwn_01hf2qk3v9x7c5b1n8m4a6z0',
  artifact: 'AbC-_123456',
  issuedSeconds: NOW_SECONDS,
  expiresSeconds: NOW_SECONDS + 60,
}
const asked = { program: 'acme', product: 'pbx', keys: ring, nowMs: NOW_SECONDS * 1000 }

function verdict(token: string, check: Partial<typeof asked> = {}): string {
  const found = verifyToken(token, { ...asked, ...check })
  return found.ok ? 'ok' : found.reason
}

describe('a token', () => {
  test('carries what it was made from', () => {
    const token = issueToken(input, keys.hmac)
    expect(token).toMatch(/^s1\.h[\w-]{5}\.[\w-]{16}\.JANE\.dwn_01hf2qk3v9x7c5b1n8m4a6z0\./)
    expect(verifyToken(token, asked)).toEqual({
      ok: true,
      token: {
        kid: keys.hmac.kid,
        scope: expect.stringMatching(/^[\w-]{16}$/),
        code: 'JANE',
        download: 'dwn_01hf2qk3v9x7c5b1n8m4a6z0',
        artifact: 'AbC-_123456',
        issuedSeconds: NOW_SECONDS,
        expiresSeconds: NOW_SECONDS + 60,
      },
    })
  })

  test.each([
    ['hmac', keys.hmac, 172],
    ['ed25519', keys.ed25519, 215],
  ])('is never longer than its cap: the longest %s one', (_, key, length) => {
    const longest = issueToken(
      {
        ...input,
        program: 'p'.repeat(1000),
        product: 'ü'.repeat(1000),
        code: 'C'.repeat(32),
        download: 'd'.repeat(40),
        issuedSeconds: 36 ** 7 - 1,
        expiresSeconds: 36 ** 7 - 1,
      },
      key,
    )
    expect(longest).toHaveLength(length)
    expect(longest.length).toBeLessThanOrEqual(MAX_TOKEN_LENGTH)
    expect(longest).toMatch(/^[A-Za-z0-9._-]+$/)
  })

  test.each<[string, Partial<TokenInput>]>([
    ['a code in lower case', { code: 'jane' }],
    ['a code with a dot', { code: 'JA.NE' }],
    ['a code of one character', { code: 'J' }],
    ['a code of 33 characters', { code: 'J'.repeat(33) }],
    ['no download', { download: '' }],
    ['a download with a dot', { download: 'dwn.1' }],
    ['a download of 41 characters', { download: 'd'.repeat(41) }],
    ['an artifact of another length', { artifact: 'abc' }],
    ['a half second', { issuedSeconds: 1.5 }],
    ['time zero', { issuedSeconds: 0 }],
    ['a time of eight digits', { expiresSeconds: 36 ** 7 }],
    ['no time at all', { issuedSeconds: Number.NaN }],
  ])('is not made of %s', async (_, change) => {
    const work = async () => issueToken({ ...input, ...change }, keys.hmac)
    expect(await refusal(work)).toBe('bad_token')
  })

  test('is not signed by a key that only verifies', () => {
    const { kid, publicKey } = keys.ed25519
    expect(() => issueToken(input, { kid, algorithm: 'ed25519', publicKey })).toThrow(TypeError)
  })

  test('names the file by the first 11 characters of its SHA-256', async () => {
    expect(artifactId(new Uint8Array(32).fill(255))).toBe('_'.repeat(11))
    expect(await refusal(async () => artifactId(new Uint8Array(31)))).toBe('bad_token')
  })

  test.each(['', 's1', 's1.a.b', 's2', 'x'.repeat(257), '\u0000', 's1.ü', `${'s1.'.repeat(9)}`])(
    'is not read from %j',
    (text) => {
      expect(readToken(text)).toBeNull()
      expect(verdict(text)).toBe('malformed')
    },
  )

  test.each<[string, (token: string) => string]>([
    ['a line feed behind', (token) => `${token}\n`],
    ['a space before', (token) => ` ${token}`],
    ['another version', (token) => token.replace('s1', 's2')],
    ['one part more', (token) => `${token}.x`],
    ['a leading zero in a time', (token) => token.replace('.AbC-_123456.', '.AbC-_123456.0')],
  ])('is malformed with %s', (_, change) => {
    expect(verdict(change(issueToken(input, keys.hmac)))).toBe('malformed')
  })
})

describe('a token is judged in order:', () => {
  const hmac = issueToken(input, keys.hmac)
  const foreign = deriveKeys('another secret of 32 characters!!', 'prg_1')
  const forged = issueToken(input, { ...foreign.hmac, kid: keys.hmac.kid })
  const cases: [string, string, Partial<typeof asked>, string][] = [
    ['a key that is not in the ring', hmac, { keys: [keys.ed25519] }, 'unknown_key'],
    ['no key at all', hmac, { keys: [] }, 'unknown_key'],
    ['a key of the same id but another secret', forged, {}, 'bad_signature'],
    ['forged and foreign and expired', forged, { product: 'crm', nowMs: 1e15 }, 'bad_signature'],
    ['another product', hmac, { product: 'crm' }, 'foreign_product'],
    ['another program', hmac, { program: 'other' }, 'foreign_product'],
    ['foreign and expired', hmac, { product: 'crm', nowMs: 1e15 }, 'foreign_product'],
    ['the last millisecond', hmac, { nowMs: (NOW_SECONDS + 60) * 1000 - 1 }, 'ok'],
    ['the very second of its end', hmac, { nowMs: (NOW_SECONDS + 60) * 1000 }, 'expired'],
    ['one second past its end', hmac, { nowMs: (NOW_SECONDS + 61) * 1000 }, 'expired'],
    ['before it was issued', hmac, { nowMs: 0 }, 'ok'],
  ]
  test.each(cases)('%s', (_, token, check, expected) => {
    expect(verdict(token, check)).toBe(expected)
  })

  test('without an end it never expires', () => {
    const token = issueToken({ ...input, expiresSeconds: null, artifact: null }, keys.ed25519)
    expect(verdict(token, { nowMs: Number.MAX_SAFE_INTEGER })).toBe('ok')
    expect(readToken(token)).toMatchObject({ expiresSeconds: null, artifact: null })
  })

  test('a refused one still tells what it says', () => {
    const found = verifyToken(hmac, { ...asked, product: 'crm' })
    expect(found).toMatchObject({ reason: 'foreign_product', token: { code: 'JANE' } })
  })

  test.each([
    ['hmac', keys.hmac],
    ['ed25519', keys.ed25519],
  ])('every flipped bit of every character of the %s one is found', (_, key) => {
    const token = issueToken(input, key)
    for (let at = 0; at < token.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const flipped = String.fromCharCode(token.charCodeAt(at) ^ (1 << bit))
        expect(verdict(token.slice(0, at) + flipped + token.slice(at + 1))).not.toBe('ok')
      }
    }
  })

  test('no other character is taken in place of the last, whose last bits carry nothing', () => {
    for (const key of ring) {
      const token = issueToken(input, key)
      const others = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
      const taken = [...others].filter((end) => verdict(token.slice(0, -1) + end) === 'ok')
      expect(taken).toEqual([token.at(-1)])
    }
  })

  test('one algorithm is not taken for the other', () => {
    const signed = issueToken(input, { ...keys.hmac, kid: keys.ed25519.kid })
    expect(verdict(signed)).toBe('bad_signature')
  })
})

describe('keys', () => {
  test('are the same from the same secret and program, and others from another', () => {
    expect(deriveKeys(SECRET, 'prg_1')).toEqual(keys)
    const ids = [keys, deriveKeys(SECRET, 'prg_2'), deriveKeys(`${SECRET}!`, 'prg_1')].flatMap(
      ({ hmac, ed25519 }) => [hmac.kid, ed25519.kid],
    )
    expect(new Set(ids).size).toBe(6)
    for (const id of ids) expect(id).toMatch(/^[he][\w-]{5}$/)
  })

  test('rotate: the new one signs, the old one still verifies, until it is taken out', () => {
    const next = deriveKeys('the secret after the next rotation', 'prg_1')
    const old = issueToken(input, keys.hmac)
    const both = [next.hmac, next.ed25519, ...ring]
    expect(verdict(old, { keys: both })).toBe('ok')
    expect(verdict(issueToken(input, next.hmac), { keys: both })).toBe('ok')
    expect(verdict(old, { keys: [next.hmac, next.ed25519] })).toBe('unknown_key')
  })

  test('two of one id by chance are both tried', () => {
    const twin = { ...deriveKeys('some other secret, 32 characters', 'p').hmac, kid: keys.hmac.kid }
    expect(verdict(issueToken(input, keys.hmac), { keys: [twin, keys.hmac] })).toBe('ok')
  })

  test('a product verifies the Ed25519 one offline, with the public key alone', () => {
    const token = issueToken(input, keys.ed25519)
    const dot = token.lastIndexOf('.')
    const publicKey = createPublicKey(keys.ed25519.publicKey)
    const mac = Buffer.from(token.slice(dot + 1), 'base64url')
    expect(verify(null, Buffer.from(token.slice(0, dot)), publicKey, mac)).toBe(true)
    const { kid } = keys.ed25519
    const published: StampKey = {
      kid,
      algorithm: 'ed25519',
      publicKey: keys.ed25519.publicKey,
    }
    expect(verdict(token, { keys: [published] })).toBe('ok')
  })

  test('a secret of 31 characters is refused', () => {
    expect(() => deriveKeys('x'.repeat(31), 'prg_1')).toThrow(RangeError)
    expect(deriveKeys('x'.repeat(32), 'prg_1').hmac.secret).toHaveLength(32)
  })
})
