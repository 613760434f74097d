import { expect, test } from 'vitest'
import { Intake } from '../src/services/ingest/intake.ts'

const bounds = { maxBytes: 100, maxBytesOfStrangers: 60, maxBytesOfNetwork: 30 }

test('bodies under way fill the room to the byte, and one past it is refused', () => {
  const intake = new Intake(bounds)
  const first = intake.open(null)
  first.take(60)
  const second = intake.open(null)
  second.take(40)
  expect(() => second.take(1)).toThrow('overloaded')
  first.leave()
  expect(() => second.take(61)).toThrow('overloaded')
  second.take(60)
})

test('a silent sender holds nothing, however many there are', () => {
  const intake = new Intake(bounds)
  for (let n = 0; n < 1000; n++) intake.open('192.0.2.1')
  intake.open('192.0.2.1').take(30)
})

test('a network of slow senders blocks itself, not others', () => {
  const intake = new Intake(bounds)
  const slow = intake.open('192.0.2.1')
  slow.take(30)
  expect(() => intake.open('192.0.2.1').take(1)).toThrow('overloaded')
  intake.open('192.0.2.2').take(30)
  slow.leave()
  intake.open('192.0.2.1').take(30)
})

test('strangers together leave room for a known secret key', () => {
  const intake = new Intake(bounds)
  intake.open('192.0.2.1').take(30)
  intake.open('192.0.2.2').take(30)
  expect(() => intake.open('192.0.2.3').take(1)).toThrow('overloaded')
  intake.open(null).take(40)
  expect(() => intake.open(null).take(1)).toThrow('overloaded')
})

test('room is given back once', () => {
  const intake = new Intake(bounds)
  const lease = intake.open('192.0.2.1')
  lease.take(30)
  lease.leave()
  lease.leave()
  const next = intake.open('192.0.2.1')
  next.take(30)
  expect(() => next.take(1)).toThrow('overloaded')
})
