/** A product with files to download, published by the collector's own CLI. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { root } from './room.mjs'
import { codeOf } from './visitors.mjs'
import { writeZip } from './zip.mjs'

const SENTBY = join(root, 'apps/collector/dist/sentby.js')
const PRODUCT = 'app'
/** Forms that are sent at the same time. */
const AT_ONCE = 32

/**
 * @typedef {object} Artifact
 * @property {string} file
 * @property {number} size bytes.
 * @property {string} source the file on the disk that was published.
 * @property {string} plain path of the file without a stamp.
 */

/** @param {import('./database.mjs').BenchDatabase} database */
export function addProduct({ path }) {
  sentby(path, 'product', 'add', '--product', PRODUCT, '--name', 'Bench')
}

/**
 * Makes a zip and publishes it.
 *
 * @param {import('./database.mjs').BenchDatabase} database
 * @param {string} source
 * @param {number} bytes
 * @param {number} entries
 * @returns {Artifact}
 */
export function publishZip({ path }, source, bytes, entries) {
  writeZip(source, bytes, entries)
  const { file, size } = sentby(path, 'publish', source, '--product', PRODUCT)
  return { file, size, source, plain: `/f/${PRODUCT}/${file}` }
}

/**
 * @param {string} database
 * @param {string[]} args
 */
function sentby(database, ...args) {
  const common = ['--program', 'bench', '--db', `file:${database}`, '--json']
  const { status, stdout, stderr } = spawnSync(process.execPath, [SENTBY, ...args, ...common], {
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`sentby ${args[0]}: ${stderr}`)
  return JSON.parse(stdout)
}

/**
 * Begins downloads as the page's form does: each has a stamp of its own.
 *
 * @param {string} url of the collector.
 * @param {Artifact} artifact
 * @param {number} count
 * @returns {Promise<string[]>} their paths.
 */
export async function beginDownloads(url, { file }, count) {
  /** @type {string[]} */
  const paths = []
  let begun = 0
  const sender = async () => {
    while (begun < count) {
      const body = new URLSearchParams({ code: codeOf(begun++), file })
      const answer = await fetch(`${url}/d/${PRODUCT}`, {
        method: 'POST',
        body,
        redirect: 'manual',
      })
      await answer.arrayBuffer()
      const location = answer.headers.get('location')
      if (answer.status !== 303 || !location) throw new Error(`the form got ${answer.status}`)
      paths.push(new URL(location, url).pathname)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, sender))
  return paths
}
