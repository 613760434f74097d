/** A stamped download begins: an id, a row, and the token that the stamp will hold. */
import { artifactId, issueToken } from '@sentby/stamp'
import {
  type ArtifactRow,
  type DownloadRow,
  insertDownload,
  newId,
  type ProductRow,
} from '@sentby/store'
import type { Deps } from '../../deps.ts'
import type { ProgramConfig } from '../program-config.ts'
import { stampKeys } from '../stamp-keys.ts'

/** Who downloads what. */
export interface NewDownload {
  program: ProgramConfig
  product: ProductRow
  artifact: ArtifactRow
  code: string
  source: DownloadRow['source']
  visitor: string | null
  network: string
}

type BeginDeps = Pick<Deps, 'config' | 'store' | 'clock' | 'limits' | 'metrics' | 'log'>

const DAY_SECONDS = 24 * 60 * 60
/** Nobody waits longer than this for the row of a download. */
const STORE_MS = 2000

/**
 * Begins a download.
 *
 * @returns its token. It is given whatever happens to the row: past the day's budget, and where the database does
 *   not answer, the download goes on and is counted as not stored (RULES S1).
 */
export async function beginDownload(deps: BeginDeps, download: NewDownload): Promise<string> {
  const nowMs = deps.clock.now()
  const { program, network } = download
  const id = newId('download', nowMs)
  const hasPlace = await deps.limits.takeDownload(program.row.id, network)
  const outcome = hasPlace ? await store(deps, toRow(download, id, nowMs)) : 'budget'
  deps.metrics.downloadRows.inc({ outcome })
  return tokenOf(deps, download, id, nowMs)
}

async function store(deps: BeginDeps, row: DownloadRow): Promise<'stored' | 'failed'> {
  try {
    await deps.store.transaction((tx) => insertDownload(tx.db, row), STORE_MS)
    return 'stored'
  } catch {
    deps.log.warn({ download: row.id }, 'a download was not stored')
    return 'failed'
  }
}

/** The token of a download; also of one that no page began. */
export function tokenOf(
  deps: Pick<Deps, 'config'>,
  {
    program,
    product,
    artifact,
    code,
  }: Pick<NewDownload, 'program' | 'product' | 'code'> & {
    artifact: Pick<ArtifactRow, 'sha256'> | undefined
  },
  id: string,
  nowMs: number,
): string {
  const issuedSeconds = Math.floor(nowMs / 1000)
  const { stamp_days } = product
  const input = {
    program: program.row.slug,
    product: product.id,
    code,
    download: id,
    artifact: artifact ? artifactId(Buffer.from(artifact.sha256, 'hex')) : null,
    issuedSeconds,
    expiresSeconds: stamp_days === null ? null : issuedSeconds + stamp_days * DAY_SECONDS,
  }
  return issueToken(input, stampKeys(deps.config, program).signing)
}

function toRow(download: NewDownload, id: string, nowMs: number): DownloadRow {
  const { program, product, artifact, code, source, visitor } = download
  return {
    program_id: program.row.id,
    id,
    product_id: product.id,
    artifact_id: artifact.id,
    code,
    source,
    visitor,
    at: new Date(nowMs).toISOString(),
  }
}
