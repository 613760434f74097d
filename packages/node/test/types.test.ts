import type { SentbyEventInput, EventResult as WireResult } from '@sentby/contract'
import { describe, expectTypeOf, test } from 'vitest'
import type { EventFields, EventResult, EventType, SentbyEvent, Verdict } from '../src/index.ts'

/** As JSON has it: a `Date` goes out as text, and every event has got its id. */
type OnTheWire<T> = T extends Date
  ? string
  : T extends (infer Item)[]
    ? OnTheWire<Item>[]
    : T extends object
      ? { [Key in keyof T]: OnTheWire<T[Key]> }
      : T
type Sent<T> = OnTheWire<T> & { id: string }
type InputOf<Type extends EventType> = Extract<SentbyEventInput, { type: Type }>

/** Both ways: we send nothing that the contract does not take, and all that it takes can be said. */
type Checked<Type extends EventType> = {
  sends: Sent<{ type: Type } & EventFields[Type]> extends InputOf<Type> ? true : Type
  says: InputOf<Type> extends { type: Type } & EventFields[Type] ? true : Type
  fields: keyof InputOf<Type> extends keyof EventFields[Type] | 'type' ? true : Type
}
type Every = { [Type in EventType]: Checked<Type> }
type Good = { sends: true; says: true; fields: true }

describe('the types stand alone and yet are those of the contract', () => {
  test('every type of event has the same fields here and there', () => {
    expectTypeOf<Every>().toEqualTypeOf<{ [Type in EventType]: Good }>()
  })

  test('there are no other types of events', () => {
    expectTypeOf<EventType>().toEqualTypeOf<SentbyEventInput['type']>()
    expectTypeOf<SentbyEvent['type']>().toEqualTypeOf<EventType>()
  })

  test('a verdict and an outcome are words of the contract', () => {
    expectTypeOf<NonNullable<WireResult['verdict']>['status']>().toEqualTypeOf<Verdict['status']>()
    expectTypeOf<Exclude<WireResult['outcome'], 'conflict' | 'rejected'>>().toEqualTypeOf<
      EventResult['outcome']
    >()
  })
})
