import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bufferSource, planFile, readStamp, unstamp } from '../src/index.ts'
import { OTHER_TOKEN, stampBytes, TOKEN, unstampBytes } from './stamping.ts'

const script = (line: string, more = 'echo "$SENTBY_STAMP"\n') =>
  Buffer.from(`#!/bin/sh\n${line}\n${more}`)
const SLOT = "SENTBY_STAMP=''"

test('the token comes between the quotes, and everything else stays', async () => {
  const file = await stampBytes(script(SLOT))
  expect(file.toString()).toBe(script(`SENTBY_STAMP='${TOKEN}'`).toString())
  expect(await readStamp(bufferSource(file))).toMatchObject({ token: TOKEN, path: null })
  expect((await unstampBytes(file)).equals(script(SLOT))).toBe(true)
})

test('another token replaces the first', async () => {
  const again = await stampBytes(await stampBytes(script(SLOT)), OTHER_TOKEN)
  expect(again.toString()).toBe(script(`SENTBY_STAMP='${OTHER_TOKEN}'`).toString())
})

test('a path that is asked for all formats does not count for a script', async () => {
  const { plan } = await planFile(bufferSource(script(SLOT)), { path: '{top}/static/partner_ref' })
  expect(plan.path).toBeNull()
})

const FAR = 64 * 1024 - '#!/bin/sh\n'.length - 2

test.each<[string, Buffer]>([
  ['the slot is the last line and has no line feed', Buffer.from(`#!/bin/sh\n${SLOT}`)],
  ['the slot begins with the last byte of the search', script(`#${'x'.repeat(FAR - 1)}\n${SLOT}`)],
  ['a comment and a string name the slot too', script(`${SLOT}\n# ${SLOT}\necho "${SLOT}"`)],
  ['bytes are no UTF-8', Buffer.concat([script(SLOT), Buffer.from([0xff, 0xfe, 0, 0x80])])],
])('a script is stamped where %s', async (_name, base) => {
  const file = await stampBytes(base)
  expect((await readStamp(bufferSource(file)))?.token).toBe(TOKEN)
  expect((await unstampBytes(file)).equals(base)).toBe(true)
})

test.each<[string, string]>([
  ['there is no slot', 'echo hi'],
  ['there are two', `${SLOT}\n${SLOT}`],
  ['it does not begin the line', ` ${SLOT}`],
  ['something follows it', `${SLOT} # here`],
  ['a carriage return follows it', `${SLOT}\r`],
  ['it has other quotes', 'SENTBY_STAMP=""'],
  ['it is exported in the same line', `export ${SLOT}`],
  ['it holds something else', "SENTBY_STAMP='none'"],
  ['it holds a command', "SENTBY_STAMP='$(id)'"],
  ['it lies beyond 64 KiB', `#${'x'.repeat(FAR)}\n${SLOT}`],
])('a script is refused where %s', async (_name, line) => {
  const source = bufferSource(script(line))
  await expect(planFile(source)).rejects.toMatchObject({ code: 'no_slot' })
  expect(await readStamp(source)).toBeNull()
  await expect(unstamp(source)).rejects.toMatchObject({ code: 'not_stamped' })
})

test('unstamping undoes stamping in any script', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string(), fc.string(), async (before, after) => {
      const base = Buffer.from(`#!/bin/sh\n${before}\n${SLOT}\n${after}`)
      expect((await unstampBytes(await stampBytes(base))).equals(base)).toBe(true)
    }),
  )
})
