/** Which program a public request is for: by prefix, by host, or the only one (CONTRACT §4.2, RULES S5). */
import type { Context } from 'hono'
import type { Deps } from '../deps.ts'
import type { ProgramConfig } from '../services/program-config.ts'
import { headerOf } from './node-request.ts'

/** The program of a request without a key, or `undefined`. */
export function programOf(deps: Deps, c: Context): ProgramConfig | undefined {
  const slug = c.req.param('program')
  if (slug === undefined) return deps.directory.only() ?? deps.directory.byHost(hostOf(c))
  const program = deps.directory.bySlug(slug)
  return program && answersFor(deps, program, hostOf(c)) ? program : undefined
}

/** The host that was asked for, with its port, in lower case. */
export function hostOf(c: Context): string {
  return (headerOf(c, 'host') ?? '').toLowerCase()
}

/** `/p/{program}/…` answers on PUBLIC_URL and on the program's own hosts only. */
function answersFor(deps: Deps, program: ProgramConfig, host: string): boolean {
  if (host === new URL(deps.publicUrl()).host) return true
  return program.hosts.has(host)
}
