import {
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  hkdfSync,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto'

/** Signs and verifies with one secret. */
export interface HmacKey {
  kid: string
  algorithm: 'hmac'
  /** 32 bytes. */
  secret: Uint8Array
}

/** Verifies with the public key; signs where the private one is there. */
export interface Ed25519Key {
  kid: string
  algorithm: 'ed25519'
  /** SPKI, PEM. */
  publicKey: string
  /** PKCS#8, PEM. */
  privateKey?: string
}

/** A key of the ring. Its `kid` tells the algorithm, so a token cannot choose one. */
export type StampKey = HmacKey | Ed25519Key

/** Both keys of a program. */
export interface StampKeys {
  hmac: HmacKey
  ed25519: Ed25519Key & { privateKey: string }
}

/** PKCS#8 around a 32-byte Ed25519 seed (RFC 8410 §7). */
const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex')

/**
 * Derives a program's keys from the collector's secret: always the same from the same two texts. The key ids
 * follow them, so a new secret has new ids and old tokens still name the old key.
 *
 * @param secret at least 32 characters. @throws RangeError when it is shorter.
 */
export function deriveKeys(secret: string, programId: string): StampKeys {
  if (secret.length < 32) throw new RangeError('the secret has fewer than 32 characters')
  const mark = createHash('sha256')
    .update(secret + programId)
    .digest('base64url')
    .slice(0, 5)
  const seed = derive(secret, `sentby stamp ed25519 ${programId}`)
  const key = createPrivateKey({
    key: Buffer.concat([PKCS8_ED25519, seed]),
    format: 'der',
    type: 'pkcs8',
  })
  return {
    hmac: {
      kid: `h${mark}`,
      algorithm: 'hmac',
      secret: derive(secret, `sentby stamp hmac ${programId}`),
    },
    ed25519: {
      kid: `e${mark}`,
      algorithm: 'ed25519',
      publicKey: createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString(),
      privateKey: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    },
  }
}

function derive(secret: string, info: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(0), info, 32))
}

/** Signs a text, as base64url. @throws TypeError when the key only verifies. */
export function signText(text: string, key: StampKey): string {
  if (key.algorithm === 'hmac') return hmac(text, key)
  if (key.privateKey === undefined) throw new TypeError('this key only verifies')
  return sign(null, Buffer.from(text), key.privateKey).toString('base64url')
}

/**
 * Whether `mac` is the key's signature of `text`. The texts are compared, not what they decode to: base64url has
 * unused bits at the end, and a token must have one form only.
 */
export function isSignedBy(text: string, mac: string, key: StampKey): boolean {
  if (key.algorithm === 'hmac') {
    const given = Buffer.from(mac)
    const expected = Buffer.from(hmac(text, key))
    return given.length === expected.length && timingSafeEqual(given, expected)
  }
  const signature = Buffer.from(mac, 'base64url')
  if (signature.toString('base64url') !== mac || signature.length !== 64) return false
  return verify(null, Buffer.from(text), key.publicKey, signature)
}

function hmac(text: string, key: HmacKey): string {
  return createHmac('sha256', key.secret).update(text).digest('base64url')
}
