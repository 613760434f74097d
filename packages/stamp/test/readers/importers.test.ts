import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { makeTarGz, prepared } from '../archives/tar.ts'
import { makeZip } from '../archives/zip.ts'
import { OTHER_TOKEN, stampBytes, TOKEN } from '../stamping.ts'
import { filesIn, installed, must, newFolder } from './machine.ts'

// Other programs, a Java among them; a busy machine may take its time.
vi.setConfig({ testTimeout: 60_000 })

const folder = newFolder()
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const { here, missing } = installed([
  { name: 'FreePBX’s (tar, cp)', needs: ['tar', 'gzip', 'cp', 'sh'], is: 'freepbx' },
  { name: 'Odoo’s (Python)', needs: ['python3'], is: 'odoo' },
])
const isHere = (name: string) => here.some(({ is }) => is === name)

test(`importers whose programs are not on this machine: ${missing}`, () => {
  expect(here.length).toBeGreaterThan(0)
})

/**
 * FreePBX, by its documented steps: unpack the upload, take the only folder in it, wipe the installed module, copy
 * the folder's files without hidden ones, then check each file that `module.sig` lists, and no other.
 */
function freepbxImports(upload: Buffer, modules: string): { status: 'GOOD' | 'TAMPERED' } {
  const unpacked = newFolder()
  writeFileSync(join(folder, 'upload.tar.gz'), upload)
  must(['tar', '-xzf', join(folder, 'upload.tar.gz'), '-C', unpacked])
  const tops = readdirSync(unpacked)
  expect(tops).toHaveLength(1)
  const installedAt = join(modules, tops[0] ?? '')
  rmSync(installedAt, { recursive: true, force: true })
  mkdirSync(installedAt, { recursive: true })
  must(['sh', '-c', 'cp -R "$1"/* "$2"', 'sh', join(unpacked, tops[0] ?? ''), installedAt])
  rmSync(unpacked, { recursive: true })
  const listed = readFileSync(join(installedAt, 'module.sig'), 'utf8').trim().split('\n')
  const isGood = listed.every((line) => {
    const [name = '', hash] = line.split(' = ')
    return sha256(readFileSync(join(installedAt, name), 'utf8')) === hash
  })
  return { status: isGood ? 'GOOD' : 'TAMPERED' }
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

function freepbxModule(): void {
  const files = { 'module.xml': '<module/>\n', 'install.php': '<?php // reads partner_ref\n' }
  const sig = Object.entries(files).map(([name, content]) => `${name} = ${sha256(content)}\n`)
  const base = makeTarGz([
    { name: 'acmecall/' },
    ...Object.entries(files).map(([name, content]) => ({ name: `acmecall/${name}`, content })),
    { name: 'acmecall/module.sig', content: sig.join('') },
    { name: 'acmecall/.hidden', content: 'not copied' },
  ])
  let published: Buffer
  let modules: string
  beforeAll(async () => {
    published = await prepared(base)
    modules = join(folder, 'modules')
  })
  const stampThere = () => filesIn(join(modules, 'acmecall'))['partner_ref']

  test('keeps its stamp in the module folder, and is as good as signed', async () => {
    for (const upload of [await stampBytes(published), await stampBytes(base)]) {
      expect(freepbxImports(upload, modules)).toEqual({ status: 'GOOD' })
      expect(stampThere()).toBe(`${TOKEN}\n`)
      expect(Object.keys(filesIn(join(modules, 'acmecall'))).sort()).toEqual(
        ['install.php', 'module.sig', 'module.xml', 'partner_ref'].sort(),
      )
    }
  })

  test('has the stamp of the newest upload, and none after an unstamped one', async () => {
    freepbxImports(await stampBytes(published, OTHER_TOKEN), modules)
    expect(stampThere()).toBe(`${OTHER_TOKEN}\n`)
    freepbxImports(published, modules)
    expect(stampThere()).toBeUndefined()
  })

  test('whose listed file was changed is noticed, stamped or not', async () => {
    const changed = makeTarGz([
      { name: 'acmecall/module.xml', content: '<other/>\n' },
      { name: 'acmecall/install.php', content: files['install.php'] },
      { name: 'acmecall/module.sig', content: sig.join('') },
    ])
    expect(freepbxImports(await stampBytes(changed), modules)).toEqual({ status: 'TAMPERED' })
  })
}

/**
 * Odoo's import of a module's zip, by its documented steps: of each module that has a manifest, the data files that
 * the manifest names, what lies in `static`, and the translations; nothing else leaves the zip.
 */
const ODOO = `
import ast, os, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as z:
    if z.testzip() is not None: sys.exit('damaged')
    names = z.namelist()
    for manifest in (n for n in names if n.count('/') == 1 and n.endswith('/__manifest__.py')):
        module = manifest.split('/')[0]
        terp = ast.literal_eval(z.read(manifest).decode())
        data = {f'{module}/{f}' for f in terp.get('data', []) + terp.get('demo', [])}
        for name in names:
            i18n = name.startswith(f'{module}/i18n/') and name.endswith('.po')
            static = name.startswith(f'{module}/static/')
            if name == manifest or name in data or (static or i18n) and not name.endswith('/'):
                z.extract(name, sys.argv[2])
`

function odooModule(): void {
  const manifest = "{'name': 'Acme Call', 'data': ['data/views.xml']}\n"
  const base = makeZip(
    [
      { name: 'acme_call/' },
      { name: 'acme_call/__manifest__.py', content: manifest },
      { name: 'acme_call/__init__.py', content: '' },
      { name: 'acme_call/data/views.xml', content: '<odoo/>\n' },
      { name: 'acme_call/i18n/de.po', content: 'msgid ""\n' },
      { name: 'acme_call/static/description/icon.svg', content: '<svg/>\n' },
    ].map((item) => ({ ...item, deflate: true })),
  )

  async function imported(path?: string): Promise<string[]> {
    const into = newFolder()
    const options = path ? { path, name: 'acme_call.zip' } : { name: 'acme_call.zip' }
    writeFileSync(join(folder, 'module.zip'), await stampBytes(base, TOKEN, options))
    must(['python3', '-c', ODOO, join(folder, 'module.zip'), into])
    const files = filesIn(into)
    rmSync(into, { recursive: true })
    for (const [name, content] of Object.entries(files)) {
      if (name.endsWith('partner_ref')) expect(content).toBe(`${TOKEN}\n`)
    }
    return Object.keys(files).sort()
  }
  const kept = [
    'acme_call/__manifest__.py',
    'acme_call/data/views.xml',
    'acme_call/i18n/de.po',
    'acme_call/static/description/icon.svg',
  ]

  test('keeps a stamp in its static folder', async () => {
    expect(await imported('{top}/static/partner_ref')).toEqual([
      ...kept,
      'acme_call/static/partner_ref',
    ])
  })

  test('loses a stamp at any other place, so its product names the path', async () => {
    expect(await imported()).toEqual(kept)
  })
}

if (isHere('freepbx')) describe('a FreePBX module', freepbxModule)
if (isHere('odoo')) describe('an Odoo module', odooModule)
