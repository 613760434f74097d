/** Packs the three downloads: an Odoo module, a FreePBX module, a shell installer. */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { packTarGz } from './tar.mjs'
import { packZip } from './zip.mjs'

const MODULES = join(import.meta.dirname, '../modules')
const CONTRIB = join(import.meta.dirname, '../../../contrib')

/**
 * @typedef {object} Settings what the vendor builds into its product
 * @property {string} endpoint the collector, as customers reach it
 * @property {string} key the publishable key: whoever has the product can read it
 * @property {'notice' | ''} [consent] `'notice'` (the default): telling people is enough; empty: nothing is sent
 */

/** @typedef {{ product: string, file: string, version: string, bytes: Buffer }} Packed */

/**
 * @param {Settings} settings
 * @returns {Promise<Packed[]>} the same settings make the same bytes
 */
export async function buildDownloads(settings) {
  const version = '1.4.0'
  return [
    { product: 'pbx-odoo', file: 'pbx_odoo.zip', version, bytes: await buildOdoo(settings) },
    { product: 'pbx', file: 'pbx.tar.gz', version, bytes: await buildFreepbx(settings) },
    { product: 'pbx', file: 'pbx.sh', version, bytes: await buildShell(settings) },
  ]
}

async function buildOdoo(settings) {
  const files = await readModule('pbx_odoo', settings)
  files.push({ path: 'pbx_odoo/sentby_install.py', content: await contrib('sentby_install.py') })
  return packZip(files)
}

async function buildFreepbx(settings) {
  const files = await readModule('pbx', settings)
  files.push({ path: 'pbx/SentbyInstall.php', content: await contrib('SentbyInstall.php') })
  return packTarGz([...files, { path: 'pbx/module.sig', content: signatureOf(files) }])
}

/** One file for `curl | sh`: the client stands inside. */
async function buildShell(settings) {
  const script = fill(await readFile(join(MODULES, 'pbx.sh'), 'utf8'), settings)
  const client = (await contrib('sentby-install.sh')).toString()
  // A function: in a text, `$&` and the like would mean something.
  return Buffer.from(script.replace('#include sentby-install.sh\n', () => client))
}

/** FreePBX looks at the files of this list only, so a stamp beside them leaves the module trusted. */
function signatureOf(files) {
  const lines = files.map(({ path, content }) => {
    const hash = createHash('sha256').update(content).digest('hex')
    return `${path.slice('pbx/'.length)} = ${hash}\n`
  })
  return Buffer.from(`[config]\nversion = 1\nhash = sha256\n\n[hashes]\n${lines.join('')}`)
}

async function readModule(name, settings) {
  const entries = await readdir(join(MODULES, name), { recursive: true, withFileTypes: true })
  const paths = entries
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('__pycache__'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
  return Promise.all(
    paths.map(async (path) => ({
      path: path.slice(MODULES.length + 1).replaceAll('\\', '/'),
      content: Buffer.from(fill(await readFile(path, 'utf8'), settings)),
    })),
  )
}

const fill = (text, { endpoint, key, consent = 'notice' }) =>
  text
    .replaceAll('@SENTBY_ENDPOINT@', endpoint)
    .replaceAll('@SENTBY_KEY@', key)
    .replaceAll('@SENTBY_CONSENT@', consent)

const contrib = (file) => readFile(join(CONTRIB, file))
