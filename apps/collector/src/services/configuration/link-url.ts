import type { Deps } from '../../deps.ts'
import type { ProgramConfig } from '../program-config.ts'

/**
 * Where people click for a code: on the program's first host, else on PUBLIC_URL, with the program's prefix where
 * the collector has several (CONTRACT §4.2). Never made from a request (RULES S5).
 */
export function linkUrl(
  deps: Pick<Deps, 'publicUrl' | 'directory'>,
  program: ProgramConfig,
  code: string,
): string {
  return programUrl(deps, program, `/r/${code}`)
}

/** The public address of one of the program's places, as {@link linkUrl}. */
export function programUrl(
  deps: Pick<Deps, 'publicUrl' | 'directory'>,
  program: ProgramConfig,
  path: string,
): string {
  const publicUrl = deps.publicUrl()
  const [host] = program.hosts
  if (host !== undefined) return `${schemeOf(publicUrl)}//${host}${path}`
  const prefix = deps.directory.only() ? '' : `/p/${program.row.slug}`
  return `${publicUrl}${prefix}${path}`
}

function schemeOf(publicUrl: string): string {
  return publicUrl.startsWith('https:') ? 'https:' : 'http:'
}
