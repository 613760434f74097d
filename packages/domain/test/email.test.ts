import { describe, expect, it } from 'vitest'
import { normaliseEmail } from '../src/index.ts'

describe('E7: two addresses are compared in one form', () => {
  it.each([
    // Case.
    ['jane@acme.test', 'jane@acme.test'],
    ['Jane@acme.test', 'jane@acme.test'],
    ['jane@ACME.test', 'jane@acme.test'],
    ['JANE@ACME.TEST', 'jane@acme.test'],
    ['JÜRGEN@acme.test', 'jürgen@acme.test'],
    // Space around, as forms send it.
    [' jane@acme.test', 'jane@acme.test'],
    ['jane@acme.test\n', 'jane@acme.test'],
    // A dot behind the domain, and full-width letters, deliver alike.
    ['jane@acme.test.', 'jane@acme.test'],
    ['jane@ａcme.test', 'jane@acme.test'],
    // Tags.
    ['jane+tag@acme.test', 'jane@acme.test'],
    ['jane+@acme.test', 'jane@acme.test'],
    ['jane+a+b@acme.test', 'jane@acme.test'],
    ['JANE+TAG@acme.test', 'jane@acme.test'],
    ['jane+x.y@acme.test', 'jane@acme.test'],
    ['+jane@acme.test', '+jane@acme.test'],
    ['jane-tag@acme.test', 'jane-tag@acme.test'],
    ['jane_tag@acme.test', 'jane_tag@acme.test'],
    ['jane@acme+tag.test', 'jane@acme+tag.test'],
    // Dots, of Gmail only.
    ['j.a.n.e@gmail.com', 'jane@gmail.com'],
    ['jane.doe@gmail.com', 'janedoe@gmail.com'],
    ['jane..doe@gmail.com', 'janedoe@gmail.com'],
    ['.jane@gmail.com', 'jane@gmail.com'],
    ['jane.@gmail.com', 'jane@gmail.com'],
    ['Jane.Doe@Gmail.Com', 'janedoe@gmail.com'],
    ['jane.doe@googlemail.com', 'janedoe@gmail.com'],
    ['janedoe@googlemail.com', 'janedoe@gmail.com'],
    ['JANEDOE@GOOGLEMAIL.COM', 'janedoe@gmail.com'],
    ['jane.doe+x@gmail.com', 'janedoe@gmail.com'],
    ['jane.doe+x.y@googlemail.com', 'janedoe@gmail.com'],
    ['jane.doe@acme.test', 'jane.doe@acme.test'],
    ['jane.doe@outlook.com', 'jane.doe@outlook.com'],
    ['jane.doe@gmail.com.test', 'jane.doe@gmail.com.test'],
    ['jane.doe@mail.gmail.com', 'jane.doe@mail.gmail.com'],
    ['jane.doe@notgmail.com', 'jane.doe@notgmail.com'],
    ['jane.doe@gmail.co', 'jane.doe@gmail.co'],
    ['jane.doe@googlemail.co.uk', 'jane.doe@googlemail.co.uk'],
    // What is no address is compared as it is.
    ['', ''],
    ['Jane', 'jane'],
    ['Jane+tag', 'jane+tag'],
    ['@gmail.com', '@gmail.com'],
    ['a@b@gmail.com', 'a@b@gmail.com'],
    ['jane.doe@', 'jane.doe@'],
  ])('%j is compared as %j', (text, expected) => {
    expect(normaliseEmail(text)).toBe(expected)
    expect(normaliseEmail(expected)).toBe(expected)
  })

  it.each([
    ['jane.doe@acme.test', 'janedoe@acme.test'],
    ['jane@acme.test', 'jane@gmail.com'],
    ['jane@acme.test', 'john@acme.test'],
  ])('%s and %s stay apart', (one, other) => {
    expect(normaliseEmail(one)).not.toBe(normaliseEmail(other))
  })
})
