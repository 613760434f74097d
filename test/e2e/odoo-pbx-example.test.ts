/** The example as its README runs it, and each way in of its hosts. */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  downloadInBrowser,
  downloadWithCurl,
  hasTool,
  type Kind,
  missingTool,
  play,
  runTool,
  // biome-ignore lint/correctness/useImportExtensions: it is JavaScript, with its types beside it.
} from '../../examples/odoo-pbx/example.mjs'
import { HERE, openPbxWorld, type World } from './odoo-pbx-world.ts'

/** The product of a host, where its language is on this machine. */
const hosted = (host: Kind) => HERE.filter(({ kind }) => kind === host)

let world: World
beforeAll(async () => {
  world = await openPbxWorld('sqlite', '2025-02-01T10:00:00.000Z')
})
afterAll(() => world.close())

describe('the example of a PBX vendor', () => {
  test('it plays against a collector that has everything already, and tells each credit', async () => {
    const lines: string[] = []
    const { endpoint, secretKey: key, publishableKey } = world
    const options = { endpoint, key, publishableKey, say: (line: string) => lines.push(line) }
    const { folder, results } = await play(options)
    rmSync(folder, { recursive: true })
    const credits = results.map(({ machine, credit }) => [machine, credit?.credited?.code])
    const expected: [string, Kind, string | undefined][] = [
      ['FreePBX, nothing typed', 'freepbx', 'MAX'],
      ['FreePBX, LEA typed', 'freepbx', 'LEA'],
      ['Odoo, addons path', 'odoo', 'MAX'],
      ['Odoo, uploaded in the browser', 'odoo-upload', undefined],
      ['Shell, nothing typed', 'shell', 'MAX'],
      ['Shell, --partner LEA', 'shell', 'LEA'],
    ]
    const here = expected.filter(([, kind]) => missingTool(kind) === undefined)
    expect(credits).toEqual(here.map(([machine, , code]) => [machine, code]))
    const absent = expected.filter(([, kind]) => missingTool(kind) !== undefined)
    expect(lines.filter((line) => line.includes('not installed:'))).toHaveLength(absent.length)
  })

  test('a build makes the same bytes again, so publishing it again changes nothing', async () => {
    const files = async () =>
      (
        await world.ask<{ data: { id: string; file: string }[] }>(
          'GET',
          '/v1/products/pbx/artifacts',
        )
      ).data
    const before = await files()
    await world.publish()
    expect(await files()).toEqual(before)
  })
})

describe.each(hosted('odoo'))('the Odoo module, $file', () => {
  test('the upload in the browser keeps data, static/ with the stamp and translations, nothing else', async () => {
    const file = await world.download('pbx_odoo.zip', 'MAX')
    const { kept, install } = await world.machine('odoo-upload').install(file)
    expect(kept).toEqual([
      'pbx_odoo/data/parameters.xml',
      'pbx_odoo/i18n/de.po',
      'pbx_odoo/static/description/icon.svg',
      'pbx_odoo/static/description/index.html',
      'pbx_odoo/static/partner_ref',
    ])
    expect(install).toBe('')
  })

  test('the hook runs at the first installation and not at an upgrade', async () => {
    const machine = world.machine('odoo')
    const first = await machine.install(await world.download('pbx_odoo.zip', 'MAX'))
    const upgrade = await machine.install(await world.download('pbx_odoo.zip', 'LEA'))
    expect(first.lines.at(-1)).toContain('partner: attributed MAX')
    expect(upgrade.lines).toEqual([])
    const { candidates } = await world.vendor.creditOf(first.install)
    expect(candidates).toMatchObject([{ kind: 'stamp', code: 'MAX', verdict: 'won' }])
  })
})

describe.each(hosted('freepbx'))('the FreePBX module, $file', () => {
  test('an upgrade wipes the stamp with the folder, and the credit stays', async () => {
    const machine = world.machine('freepbx')
    const first = await machine.install(await world.download('pbx.tar.gz', 'MAX'))
    const upgraded = await machine.install(await world.plain('pbx.tar.gz'))
    // The hashes of all published files fit; the stamp is none of them.
    expect(first.lines).toContain('module.sig: good, 6 files')
    expect(first.kept).toContain('pbx/partner_ref')
    expect(upgraded.kept).not.toContain('pbx/partner_ref')
    expect(upgraded.install).toBe(first.install)
    expect((await world.vendor.creditOf(first.install)).credited?.code).toBe('MAX')
  })
})

describe('the shell installer', () => {
  // Without curl as a browser gets it.
  const way = hasTool('curl') ? downloadWithCurl : downloadInBrowser

  test(`its flag beats its stamp, ${way.name}`, async () => {
    const file = await world.download('pbx.sh', 'MAX', way)
    const stamped = await world.machine('shell').install(file)
    const typed = await world.machine('shell').install(file, { args: ['--partner', 'lea'] })
    expect(stamped.lines.at(-1)).toBe('partner: attributed MAX')
    expect(typed.lines.at(-1)).toBe('partner: attributed LEA')
  })

  test('it runs from a pipe, with the stamp of a code in its address', async () => {
    const script = await fetch(`${world.endpoint}/i/pbx.sh?code=MAX`)
    const file = join(world.folder(), 'script')
    writeFileSync(file, await script.text())
    const env = { PBX_HOME: world.folder() }
    const said = await runTool('sh', ['-c', `cat '${file}' | sh -s -- --partner=lea`], { env })
    expect(said).toContain('partner: attributed LEA')
    expect(said).toMatch(/claim=flag%3ALEA&claim=stamp%3As1\.[^&]*\.MAX\./)
  })
})
