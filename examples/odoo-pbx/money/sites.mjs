/** Three sites with one download that carries the code MAX; at two of them somebody types another. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { downloadInBrowser } from '../download.mjs'
import { installOn, missingTool } from '../install.mjs'
import { buildDownloads } from '../pack/build.mjs'

/** The module where PHP is here, else the script. */
const [FILE, KIND] = missingTool('freepbx') ? ['pbx.sh', 'shell'] : ['pbx.tar.gz', 'freepbx']

/**
 * @param {ReturnType<import('../collector.mjs').connect>} vendor
 * @param {{ endpoint: string, publishableKey: string }} collector
 * @returns the file's name, and the three installations' ids
 */
export async function installThree(vendor, { endpoint, publishableKey: key }) {
  const folder = await mkdtemp(join(tmpdir(), 'sentby-pbx-money-'))
  const packed = (await buildDownloads({ endpoint, key })).find(({ file }) => file === FILE)
  const { page } = await vendor.publish(packed)
  const file = await downloadInBrowser({ page, file: FILE, code: 'MAX', folder })
  const installs = []
  for (const typed of ['', 'LEA', 'NIA']) {
    const env = typed ? { SENTBY_PARTNER: typed } : {}
    const site = join(folder, `site-${installs.length + 1}`)
    installs.push((await installOn({ kind: KIND, file, site, env })).install)
  }
  await rm(folder, { recursive: true })
  return { file: FILE, installs }
}
