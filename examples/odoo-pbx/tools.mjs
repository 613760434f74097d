/** Runs the real programs of other languages, with an environment of our own. */
import { spawn, spawnSync } from 'node:child_process'

/** Whether a program is installed here. */
export function hasTool(name) {
  return spawnSync(name, ['--version'], { stdio: 'ignore' }).error === undefined
}

/**
 * The machines that this plays are not this one: its CI, DO_NOT_TRACK or SENTBY_PARTNER say nothing about them.
 *
 * @param {string} name
 * @param {string[]} args
 * @param {{ cwd?: string, env?: Record<string, string> }} [options]
 * @returns {Promise<string>} what it said, then what it printed
 * @throws what it said, when it fails
 */
export async function runTool(name, args, { cwd, env = {} } = {}) {
  const { PATH = '' } = process.env
  const child = spawn(name, args, { cwd, env: { PATH, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const out = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr']) {
    child[stream].setEncoding('utf8').on('data', (text) => {
      out[stream] += text
    })
  }
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  if (code !== 0) throw new Error(`${name} ended with ${code}: ${out.stderr}${out.stdout}`)
  return out.stderr + out.stdout
}
