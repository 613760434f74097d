import type { Claim } from './claim.ts'
import { claimLine, lineFields, parseClaimLine } from './claim-line.ts'
import { asCopy, type InstallState, withId } from './install-state.ts'

/** What one report says about the installation. */
export interface Told {
  product: string
  version?: string | undefined
  claims: readonly Claim[]
  install?: string | undefined
  visitor?: string | undefined
  parent?: string | undefined
  now?: (() => number) | undefined
}

/** The state with an id, and with what the product knows by itself. */
export function identify(state: InstallState, { install, parent, visitor }: Told): InstallState {
  return { ...withId(state, install), ...(parent && { parent }), ...(visitor && { visitor }) }
}

/** @throws RangeError where something given does not fit into a line. */
export function lineOf({ install = '', parent }: InstallState, told: Told): string {
  const { product, version, claims, now = Date.now } = told
  const at = new Date(now()).toISOString()
  return claimLine({ product, install, version, parent, at, claims })
}

/**
 * A line as the fields of a form, then those that no line carries. `at` is left out of what is told as it
 * happens: the collector's clock is the better one.
 */
export function formOf(
  line: string,
  state: InstallState,
  { isFresh, isEphemeral }: { isFresh: boolean; isEphemeral: boolean },
): [string, string][] {
  const read = parseClaimLine(line)
  if (!read.ok) return []
  const fields = lineFields(read.line).filter(([name]) => name !== 'at' || !isFresh)
  if (state.visitor !== undefined) fields.push(['visitor', state.visitor])
  if (state.receipt !== undefined && read.line.install === state.install) {
    fields.push(['receipt', state.receipt])
  }
  return isEphemeral ? [...fields, ['ephemeral', 'true']] : fields
}

/** The same fields for reading: `claim` is a list. */
export function jsonOf(fields: readonly [string, string][]): Record<string, string | string[]> {
  const claim = fields.filter(([name]) => name === 'claim').map(([, value]) => value)
  return { ...Object.fromEntries(fields.filter(([name]) => name !== 'claim')), claim }
}

/** The state of a copy and, under its id, the lines that waited; with the way to renew any other line. */
export function copyOf(state: InstallState): {
  state: InstallState
  renewed: (line: string) => string
} {
  const copy = asCopy(state)
  const renewed = (line: string) => {
    const read = parseClaimLine(line)
    if (!read.ok || read.line.install !== state.install) return line
    return claimLine({ ...read.line, install: copy.install ?? '', parent: copy.parent })
  }
  return { state: { ...copy, pending: copy.pending.map(renewed) }, renewed }
}
