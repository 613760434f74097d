/** Installs a download on a machine of its own: a folder here, the host's real steps, real python3, php and sh. */
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { hasTool, runTool } from './tools.mjs'

const HOSTS = join(import.meta.dirname, 'hosts')

/**
 * @typedef {object} Installed
 * @property {string} install the installation's id; empty where none was made
 * @property {string[]} lines what the installer said
 * @property {string[]} kept files that the host kept; of a script none
 * @property {string | undefined} claimLine what a site without internet gives out
 */

/** What each kind of host needs, and what runs there. */
const KINDS = {
  odoo: {
    tools: ['python3'],
    command: (file, site) => ['python3', join(HOSTS, 'odoo.py'), 'install', file, site],
  },
  'odoo-upload': {
    tools: ['python3'],
    command: (file, site) => ['python3', join(HOSTS, 'odoo.py'), 'import', file, site],
  },
  freepbx: {
    tools: ['php', 'tar'],
    command: (file, site) => ['php', join(HOSTS, 'freepbx.php'), file, site],
  },
  shell: { tools: ['sh'], command: (file, _site, args) => ['sh', file, ...args] },
}

/** The first tool that a kind of host needs and that is not here. */
export function missingTool(kind) {
  return KINDS[kind].tools.find((name) => name !== 'sh' && !hasTool(name))
}

/**
 * @param {object} what
 * @param {'odoo' | 'odoo-upload' | 'freepbx' | 'shell'} what.kind
 * @param {string} what.file the download
 * @param {string} what.site the machine's folder; the same again is an upgrade
 * @param {string[]} [what.args] of a script
 * @param {Record<string, string>} [what.env] the machine's environment
 * @returns {Promise<Installed>}
 */
export async function installOn({ kind, file, site, args = [], env = {} }) {
  await mkdir(site, { recursive: true })
  const [program, ...rest] = KINDS[kind].command(file, site, args)
  const output = await runTool(program, rest, { env: { PBX_HOME: site, ...env } })
  const lines = output.split('\n').map((line) => line.trimEnd())
  while (lines.at(-1) === '') lines.pop()
  const { kept, store } = kind === 'shell' ? await shellReport(site) : JSON.parse(lines.pop() ?? '')
  return {
    install: /^install=(.+)$/m.exec(store)?.[1] ?? '',
    lines,
    kept,
    claimLine: /sentby1:\S+/.exec(output)?.[0],
  }
}

async function shellReport(site) {
  const store = await readFile(join(site, 'sentby'), 'utf8').catch(() => '')
  return { kept: [], store }
}
