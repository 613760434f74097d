import type { InstallationDecision } from '../decision.ts'
import type { InstallFact } from '../facts.ts'
import { byOrder, claimsRead } from './piece.ts'
import { countedAt, isTimely, type Settling } from './ties.ts'

/**
 * What an installation is, from its `install`s alone: product, copy and ephemeral as its first leading one says, the
 * version of the last one that names one, and the download of the first stamp that could be read (docs/attribution.md, 8).
 */
export function describeInstallation(
  installs: readonly InstallFact[],
  settling: Settling,
): Pick<InstallationDecision, 'product' | 'version' | 'copyOf' | 'ephemeral' | 'download'> {
  const inOrder = installs
    .map((fact) => ({ ...fact, at: countedAt(fact, settling), factId: fact.id }))
    .sort(byOrder)
  const first = inOrder.find((fact) => isTimely(fact, settling))
  const named = inOrder.findLast(({ version }) => version !== undefined)
  return {
    product: first?.product ?? null,
    version: named?.version ?? null,
    copyOf: first?.parent ?? null,
    ephemeral: first?.ephemeral === true,
    download: firstDownload(inOrder),
  }
}

/** Of several stamps in one `install` the first; an explicit `none` before stamps hides them (RULES E2). */
function firstDownload(inOrder: readonly InstallFact[]): string | null {
  const claims = inOrder.flatMap((fact) => claimsRead(fact).map(([, claim]) => claim))
  return claims.find(({ download }) => download !== undefined)?.download ?? null
}
