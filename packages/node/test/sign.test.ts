import { identifyEvent } from '@sentby/contract'
import { describe, expect, test } from 'vitest'
import { Sentby, SentbyError } from '../src/index.ts'

const OPTIONS = {
  key: 'sk_test',
  endpoint: 'https://go.acme.test',
  program: 'acme',
  identitySecret: 'ids_secret',
  now: () => 1_795_341_600_999,
}

describe('sign (S8)', () => {
  test('signs whole seconds, the program and the customer', () => {
    // printf '1795341600:acme:cus_9' | openssl dgst -sha256 -hmac ids_secret
    expect(new Sentby(OPTIONS).sign('cus_9')).toBe(
      '1795341600.8adfab19a301357f45da4dbe8fff0dc5eaa4a085232a623aafe8d98eb3de7ac7',
    )
  })

  test('has the form that the contract takes', () => {
    const signature = new Sentby(OPTIONS).sign('Jörg / 客户')
    const event = { type: 'identify', id: 'e', customer: 'Jörg / 客户', signature }
    expect(identifyEvent.safeParse(event).success).toBe(true)
  })

  test('differs for every customer, program, secret and second', () => {
    const signatures = [
      new Sentby(OPTIONS).sign('cus_9'),
      new Sentby(OPTIONS).sign('cus_8'),
      new Sentby({ ...OPTIONS, program: 'acme2' }).sign('cus_9'),
      new Sentby({ ...OPTIONS, identitySecret: 'other' }).sign('cus_9'),
      new Sentby({ ...OPTIONS, now: () => 1_795_341_601_000 }).sign('cus_9'),
    ]
    expect(new Set(signatures.map((text) => text.split('.')[1])).size).toBe(5)
  })

  test.each([[{ identitySecret: undefined }], [{ identitySecret: '' }], [{ program: undefined }]])(
    'needs both options: %j',
    (without) => {
      const sentby = new Sentby({ ...OPTIONS, ...without })
      expect(() => sentby.sign('cus_9')).toThrow(SentbyError)
      expect(() => sentby.sign('cus_9')).toThrow(/identitySecret and program/)
    },
  )
})
