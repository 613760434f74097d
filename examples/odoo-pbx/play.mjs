/** The whole way, once: publish, download with a code, install, and ask the collector who is credited. */
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, setUp } from './collector.mjs'
import { downloadInBrowser, downloadWithCurl } from './download.mjs'
import { installOn, missingTool } from './install.mjs'
import { buildDownloads } from './pack/build.mjs'
import { hasTool } from './tools.mjs'

/** Who downloads what, and what happens on each machine. The first two are one download. */
const MACHINES = [
  { name: 'FreePBX, nothing typed', file: 'pbx.tar.gz', kind: 'freepbx' },
  { name: 'FreePBX, LEA typed', file: 'pbx.tar.gz', kind: 'freepbx', env: { PBX_PARTNER: 'LEA' } },
  { name: 'Odoo, addons path', file: 'pbx_odoo.zip', kind: 'odoo' },
  { name: 'Odoo, uploaded in the browser', file: 'pbx_odoo.zip', kind: 'odoo-upload' },
  { name: 'Shell, nothing typed', file: 'pbx.sh', kind: 'shell' },
  { name: 'Shell, --partner LEA', file: 'pbx.sh', kind: 'shell', args: ['--partner', 'LEA'] },
]

/** @param {import('./example.mjs').PlayOptions} options */
export async function play({ endpoint, key, publishableKey, say = console.log }) {
  const folder = await mkdtemp(join(tmpdir(), 'sentby-odoo-pbx-'))
  const collector = connect({ endpoint, key })
  await setUp(collector)
  const files = new Map()
  for (const packed of await buildDownloads({ endpoint, key: publishableKey })) {
    const { page, format, stampPath } = await collector.publish(packed)
    const place = stampPath ?? "the line SENTBY_STAMP=''"
    say(`published   ${packed.file} (${format}; the stamp: ${place})`)
    files.set(packed.file, await downloadAs('MAX', { page, file: packed.file, folder, say }))
  }
  const results = []
  for (const [n, machine] of MACHINES.entries()) {
    say(`\n${machine.name}`)
    const missing = missingTool(machine.kind)
    if (missing) {
      say(`  not installed: there is no ${missing} here`)
      continue
    }
    const site = join(folder, `machine-${n + 1}`)
    const installed = await installOn({ ...machine, file: files.get(machine.file), site })
    results.push({
      machine: machine.name,
      ...installed,
      ...(await told(collector, installed, say)),
    })
  }
  say(`\nThe files and the machines' folders: ${folder}`)
  return { folder, results }
}

async function downloadAs(code, { say, ...wish }) {
  // A script is what people fetch with curl; the page's form is for the others.
  const isCurl = wish.file.endsWith('.sh') && hasTool('curl')
  const path = await (isCurl ? downloadWithCurl : downloadInBrowser)({ ...wish, code })
  say(
    `downloaded  ${wish.file} with the code ${code}, ${isCurl ? 'with curl' : 'as a browser does'}`,
  )
  return path
}

/** Prints what the installer said, and what the collector makes of it. */
async function told(collector, { install, lines, kept }, say) {
  for (const line of lines) say(`  | ${line}`)
  const stamp = kept.find((path) => path.endsWith('partner_ref'))
  if (kept.length > 0) say(`  kept ${kept.length} files, the stamp in ${stamp}`)
  if (install === '') {
    say('  nothing ran here, so nothing was told')
    return { credit: null }
  }
  const credit = await collector.creditOf(install)
  const { credited, candidates, reason } = credit
  say(
    `  credited to ${credited ? `${credited.partner.name} (${credited.code})` : 'nobody'}: ${reason}`,
  )
  for (const one of candidates) say(`    ${one.verdict}: ${one.kind} ${one.code}`)
  const support = await collector.supportOf(install)
  say(`  first-line support: ${support.partner?.name ?? `the vendor (${support.reason})`}`)
  return { credit }
}
