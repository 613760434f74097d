import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, expect, test } from 'vitest'
import { lockForCollector, StoreInUseError } from '../src/collector-lock.ts'
import { openStore } from '../src/store.ts'
import { StoreBusyError } from '../src/store-errors.ts'
import { addProgram, openTestStore } from './test-store.ts'

const folder = mkdtempSync(join(tmpdir(), 'sentby-lock-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('a second collector on the same file is refused; after the first it may', () => {
  const url = `file:${join(folder, 'one.db')}`
  const first = lockForCollector(url)
  expect(() => lockForCollector(url)).toThrow(StoreInUseError)
  first.release()
  lockForCollector(url).release()
})

test('PostgreSQL and databases in memory need no lock', () => {
  for (const url of ['postgres://127.0.0.1/none', 'file::memory:']) {
    lockForCollector(url)
    lockForCollector(url).release()
  }
})

test('a locked database refuses at the deadline, blocks no timer, and works again after', async () => {
  const { store, url, close } = await openTestStore('sqlite')
  const other = new Database(url.slice('file:'.length))
  other.exec('begin immediate')
  let ticks = 0
  const timer = setInterval(() => ticks++, 10)
  await expect(store.transaction(async () => {}, 200)).rejects.toThrow(StoreBusyError)
  clearInterval(timer)
  expect(ticks).toBeGreaterThan(5)
  other.exec('rollback')
  other.close()
  await addProgram(store, 'prg_1')
  await close()
})

test.each(['mysql://x', 'sentby.db', ''])('%j is no database URL', (url) => {
  expect(() => openStore(url)).toThrow(RangeError)
})
