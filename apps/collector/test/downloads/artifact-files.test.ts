/** Copies of published files: each is read from the database once, compared, and done without where none can be. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ArtifactRow, Store } from '@sentby/store'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeZip } from '../../../../packages/stamp/test/archives/zip.ts'
import { ArtifactFiles } from '../../src/services/downloads/artifact-files.ts'
import { ArtifactMemory } from '../../src/services/downloads/artifact-memory.ts'
import { cacheFolderOf } from '../../src/services/downloads/cache-folder.ts'
import { ENGINES } from '../test-collector.ts'
import { noise, openRig, type Rig } from './rig.ts'

const BYTES = makeZip([{ name: 'a/b', content: noise(2 * 1024 * 1024 + 5, 'copies') }])

describe.each(ENGINES)('copies of files published on %s', (engine) => {
  let rig: Rig
  let row: ArtifactRow
  const folders: string[] = []
  beforeAll(async () => {
    rig = await openRig(engine)
    await rig.publish('a.zip', BYTES)
    row = await rig.deps.store.db.selectFrom('artifact').selectAll().executeTakeFirstOrThrow()
  })
  afterAll(async () => {
    await rig.closeAll()
    for (const folder of folders) rmSync(folder, { recursive: true, force: true })
  })

  const freshFolder = () => {
    const folder = mkdtempSync(join(tmpdir(), 'sentby-copies-'))
    folders.push(folder)
    return folder
  }
  /** The same database; tells how often chunks are asked for. */
  const counting = () => {
    let reads = 0
    const db = new Proxy(rig.deps.store.db, {
      get(target, name, receiver) {
        if (name === 'selectFrom') reads++
        const value: unknown = Reflect.get(target, name, receiver)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
    const store: Pick<Store, 'db'> = { db }
    return { store, reads: () => reads }
  }
  const readWhole = async (files: ArtifactFiles) => {
    const file = await files.open(row)
    const bytes = await file.read(0, file.size)
    const isInMemory = file.bytes !== undefined
    await file.close()
    return { isWhole: Buffer.from(bytes).equals(BYTES), isInMemory }
  }

  test.each([
    [0, false],
    [8 * 1024 * 1024, true],
  ])(
    'twenty downloads at once with %i bytes of memory read the database once',
    async (fileBytes, isInMemory) => {
      const { store, reads } = counting()
      const files = new ArtifactFiles({ store, folder: freshFolder(), memory: { fileBytes } })
      const all = await Promise.all(Array.from({ length: 20 }, () => readWhole(files)))
      expect(all.every(({ isWhole }) => isWhole)).toBe(true)
      const once = reads()
      expect(once).toBeLessThan(20)
      expect(await readWhole(files)).toEqual({ isWhole: true, isInMemory })
      expect(reads()).toBe(once)
    },
  )

  test('downloads at once of a file that is on the disk share its bytes', async () => {
    const folder = freshFolder()
    await readWhole(new ArtifactFiles({ store: rig.deps.store, folder, memory: { fileBytes: 0 } }))
    const files = new ArtifactFiles({ store: rig.deps.store, folder })
    const opened = await Promise.all(Array.from({ length: 20 }, () => files.open(row)))
    expect(new Set(opened.map(({ bytes }) => bytes)).size).toBe(1)
    expect(opened[0]?.bytes?.equals(BYTES)).toBe(true)
  })

  test('a copy of an earlier process is compared and used', async () => {
    const folder = freshFolder()
    const first = new ArtifactFiles({ store: rig.deps.store, folder, memory: { fileBytes: 0 } })
    await readWhole(first)
    expect(readdirSync(folder)).toEqual([row.sha256])
    const { store, reads } = counting()
    const next = new ArtifactFiles({ store, folder, memory: { fileBytes: 0 } })
    expect(await readWhole(next)).toEqual({ isWhole: true, isInMemory: false })
    expect(reads()).toBe(0)
  })

  test.each(['cut', 'flipped', 'gone'])('a copy that is %s is made again', async (damage) => {
    const folder = freshFolder()
    const files = new ArtifactFiles({ store: rig.deps.store, folder, memory: { fileBytes: 0 } })
    await readWhole(files)
    const path = join(folder, row.sha256)
    if (damage === 'cut') writeFileSync(path, BYTES.subarray(0, 100))
    if (damage === 'flipped') writeFileSync(path, Buffer.from(BYTES).fill('x', 1000, 1010))
    if (damage === 'gone') rmSync(path)
    const next = new ArtifactFiles({ store: rig.deps.store, folder, memory: { fileBytes: 0 } })
    for (const any of [files, next]) expect((await readWhole(any)).isWhole).toBe(true)
    expect(readFileSync(path).equals(BYTES)).toBe(true)
  })

  test.each([0, 8 * 1024 * 1024])(
    'where no copy can be written it comes from the database (%i)',
    async (fileBytes) => {
      const folder = freshFolder()
      const blocked = join(folder, 'file')
      writeFileSync(blocked, '')
      let told = 0
      const files = new ArtifactFiles({
        store: rig.deps.store,
        folder: join(blocked, 'artifacts'),
        memory: { fileBytes },
        onUnwritable: () => {
          told++
        },
      })
      for (let n = 0; n < 3; n++) expect((await readWhole(files)).isWhole).toBe(true)
      const file = await files.open(row)
      const into = Buffer.alloc(100)
      await file.readInto(into, 1024 * 1024 - 50)
      expect(into.equals(BYTES.subarray(1024 * 1024 - 50, 1024 * 1024 + 50))).toBe(true)
      await file.close()
      expect(told).toBe(1)
    },
  )

  test('bytes that are damaged in the database are never sent', async () => {
    const wrong = { ...row, sha256: '0'.repeat(64) }
    for (const fileBytes of [0, 8 * 1024 * 1024]) {
      const folder = freshFolder()
      const files = new ArtifactFiles({ store: rig.deps.store, folder, memory: { fileBytes } })
      await expect(files.open(wrong)).rejects.toThrow('damaged')
      expect(readdirSync(folder)).toEqual([])
    }
    const lost = { ...row, id: 'art_lost' }
    const files = new ArtifactFiles({ store: rig.deps.store, folder: freshFolder() })
    await expect(files.open(lost)).rejects.toThrow('lost')
  })
})

test('memory keeps what was used last, within its bound', () => {
  const memory = new ArtifactMemory({ fileBytes: 10, allBytes: 25 })
  for (const name of ['a', 'b']) memory.put(name, Buffer.alloc(10))
  expect(memory.get('a')).toBeDefined()
  memory.put('c', Buffer.alloc(10))
  expect(['a', 'b', 'c'].map((name) => memory.holds(name))).toEqual([true, false, true])
  memory.put('d', Buffer.alloc(11))
  expect(memory.get('d')).toBeUndefined()
  memory.put('e', Buffer.alloc(5))
  expect(['a', 'c', 'e'].every((name) => memory.holds(name))).toBe(true)
})

test('a file that left memory while somebody reads it is not read again', () => {
  const memory = new ArtifactMemory({ fileBytes: 10, allBytes: 10 })
  const read = Buffer.alloc(10)
  memory.put('a', read)
  memory.put('b', Buffer.alloc(10))
  expect(['a', 'b'].map((name) => memory.holds(name))).toEqual([false, true])
  expect(memory.get('a')).toBe(read)
  expect(['a', 'b'].map((name) => memory.holds(name))).toEqual([true, false])
})

test('copies lie beside an SQLite file, else in a folder of this user and database', () => {
  expect(cacheFolderOf('file:/data/sentby.db')).toBe('/data/artifacts')
  const one = cacheFolderOf('postgres://a:secret@db/one')
  expect(one.startsWith(tmpdir())).toBe(true)
  expect(one).not.toContain('secret')
  expect(cacheFolderOf('postgres://a:secret@db/two')).not.toBe(one)
  expect(cacheFolderOf('file::memory:').startsWith(tmpdir())).toBe(true)
})
