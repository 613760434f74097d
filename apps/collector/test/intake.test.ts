import { expect, test } from 'vitest'
import { Intake } from '../src/services/ingest/intake.ts'

test('bodies under way fill the room to the byte, and one past it is refused', () => {
  const intake = new Intake(100, 100)
  const leave = intake.enter(60, null)
  intake.enter(40, null)
  expect(() => intake.enter(1, null)).toThrow('overloaded')
  leave()
  expect(() => intake.enter(61, null)).toThrow('overloaded')
  intake.enter(60, null)
})

test('a network of slow senders blocks itself, not others and not a known secret key', () => {
  const intake = new Intake(100, 30)
  const leave = intake.enter(30, '192.0.2.1')
  expect(() => intake.enter(1, '192.0.2.1')).toThrow('overloaded')
  intake.enter(30, '192.0.2.2')
  intake.enter(40, null)
  leave()
  intake.enter(30, '192.0.2.1')
})
