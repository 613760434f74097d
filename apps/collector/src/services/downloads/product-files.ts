/** The published files of a program, as its configuration in memory tells them. */
import type { ArtifactRow } from '@sentby/store'
import type { ProgramConfig } from '../program-config.ts'

/** Every file of a product, the oldest first, replaced ones too. */
export function artifactsOf(program: ProgramConfig, product: string): ArtifactRow[] {
  const all: ArtifactRow[] = []
  for (const rows of program.artifacts.values()) {
    for (const row of rows) if (row.product_id === product) all.push(row)
  }
  return all.sort(byRevision)
}

/** The files that can be downloaded: of each name the latest. The newest first. */
export function currentFiles(program: ProgramConfig, product: string): ArtifactRow[] {
  const latest = new Map<string, ArtifactRow>()
  for (const row of artifactsOf(program, product)) latest.set(row.file, row)
  return [...latest.values()].sort(byRevision).reverse()
}

/** The file that a name means now. */
export function currentFile(
  program: ProgramConfig,
  product: string,
  file: string,
): ArtifactRow | undefined {
  return program.artifacts.get(file)?.findLast((row) => row.product_id === product)
}

function byRevision(a: ArtifactRow, b: ArtifactRow): number {
  return a.revision - b.revision || (a.id < b.id ? -1 : 1)
}
