import type { InstallationDecision } from '../decision.ts'
import type { InstallFact, Instant } from '../facts.ts'
import { SOURCES } from './piece.ts'

/** What a decision makes of an installation's facts. */
interface Reading {
  /** Whether it came in time to say what the installation is. */
  leads: (fact: InstallFact) => boolean
  countedAt: (fact: InstallFact) => Instant
}

/**
 * What an installation is, from its `install`s alone: product, copy and ephemeral as its first leading one says, the
 * version of the last one that names one, and the download of the first stamp that could be read (docs/attribution.md, 8).
 */
export function describeInstallation(
  installs: readonly InstallFact[],
  { leads, countedAt }: Reading,
): Pick<InstallationDecision, 'product' | 'version' | 'copyOf' | 'ephemeral' | 'download'> {
  const inOrder = [...installs].sort((a, b) => compare(a, b, countedAt))
  const first = inOrder.find(leads)
  const named = inOrder.findLast(({ version }) => version !== undefined)
  return {
    product: first?.product ?? null,
    version: named?.version ?? null,
    copyOf: first?.parent ?? null,
    ephemeral: first?.ephemeral === true,
    download: firstDownload(inOrder),
  }
}

function compare(
  a: InstallFact,
  b: InstallFact,
  countedAt: (fact: InstallFact) => Instant,
): number {
  const [atOfA, atOfB] = [countedAt(a), countedAt(b)]
  if (atOfA !== atOfB) return atOfA < atOfB ? -1 : 1
  if (a.id !== b.id) return a.id < b.id ? -1 : 1
  return a.trust === b.trust ? 0 : a.trust === 'open' ? -1 : 1
}

/** Of several stamps in one `install` the first; an explicit `none` before stamps hides them (RULES E2). */
function firstDownload(inOrder: readonly InstallFact[]): string | null {
  for (const { claims } of inOrder) {
    const search = [...claims].sort((a, b) => SOURCES[a.source].rank - SOURCES[b.source].rank)
    for (const { none, download } of search) {
      if (none === true) break
      if (download !== undefined) return download
    }
  }
  return null
}
