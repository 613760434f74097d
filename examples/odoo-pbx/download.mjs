/** A partner's customer gets the file: with the page's form, or with curl. */
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runTool } from './tools.mjs'

/**
 * Sends the form of the download page as a browser does, and follows where it leads.
 *
 * @param {{ page: string, file: string, code: string, folder: string }} wish
 * @returns {Promise<string>} the file's path
 * @throws where the page does not lead to a stamped file
 */
export async function downloadInBrowser({ page, file, code, folder }) {
  const form = new URLSearchParams({ code, file })
  const sent = await fetch(page, { method: 'POST', body: form, redirect: 'manual' })
  const location = sent.headers.get('location')
  if (sent.status !== 303 || !location) throw new Error(`${page} answered ${sent.status}`)
  const response = await fetch(new URL(location, page))
  const stamp = response.headers.get('x-sentby-stamp')
  if (!response.ok || stamp !== `code=${code}`) {
    throw new Error(`${file}: ${response.status}, stamp ${stamp}`)
  }
  const path = join(folder, file)
  await writeFile(path, new Uint8Array(await response.arrayBuffer()))
  return path
}

/**
 * The same from a shell: `curl -fLOJ -d code=MAX -d file=pbx.tar.gz https://…/d/pbx`.
 *
 * @param {{ page: string, file: string, code: string, folder: string }} wish
 * @returns {Promise<string>}
 */
export async function downloadWithCurl({ page, file, code, folder }) {
  const command = ['-q', '-fsSLOJ', '-d', `code=${code}`, '-d', `file=${file}`, page]
  await runTool('curl', command, { cwd: folder })
  if (!(await readdir(folder)).includes(file)) throw new Error(`curl left no ${file}`)
  return join(folder, file)
}
