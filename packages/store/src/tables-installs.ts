/** Products, stamped downloads and installations. */
import type { Selectable } from 'kysely'

/** What can be downloaded and installed. */
export interface ProductTable {
  program_id: string
  id: string
  name: string
  /** Where the stamp stands in an archive; null: the format's default. */
  stamp_path: string | null
  /** How long a stamp counts, days; null: for ever. */
  stamp_days: number | null
  created_at: string
  revision: number
}

/** A published file: append-only, the latest of a name is the current one. */
export interface ArtifactTable {
  program_id: string
  id: string
  product_id: string
  file: string
  version: string | null
  format: string
  /** Of the canonical file, bytes. */
  size: number
  /** Of the canonical file, hex. */
  sha256: string
  /** Of the file as it was published, hex. */
  published_sha256: string
  /** JSON: how it takes a stamp. */
  plan: string
  created_at: string
  revision: number
}

/** The bytes of a canonical file, 1 MiB a row. */
export interface ArtifactChunkTable {
  program_id: string
  artifact_id: string
  n: number
  bytes: Uint8Array
}

/** A stamped download that was begun. */
export interface DownloadTable {
  program_id: string
  id: string
  product_id: string
  artifact_id: string
  code: string
  source: 'link' | 'typed' | 'cookie' | 'vendor'
  visitor: string | null
  at: string
}

/** Dated, append-only: a download whose stamp counts no more (RULES F5). */
export interface DownloadRevocationTable {
  program_id: string
  download_id: string
  from_at: string
  reason: string
  created_at: string
  revision: number
}

/** An installation with its present decision (RULES E9). */
export interface InstallationTable {
  program_id: string
  id: string
  /** Our own opaque id (RULES S3). */
  ref: string
  product_id: string
  version: string | null
  /** The installation that this one was copied from. */
  copy_of: string | null
  ephemeral: number
  /** The download of its first stamp that was read. */
  download_id: string | null
  partner_id: string | null
  code: string | null
  evidence: string | null
  kind: string | null
  /** 1: a candidate names another partner than the credited one. */
  contested: number
  anchor: string | null
  reason: string
  policy_version: number
  /** JSON: the whole decision. */
  decision: string
  /** The program's revision that the decision was made under; -1: to be decided again. */
  revision: number
  /** The number of the last receipt that was shown. */
  receipts: number
  first_seen: string
  last_seen: string
  created_at: string
  decided_at: string
}

export interface InstallTables {
  product: ProductTable
  artifact: ArtifactTable
  artifact_chunk: ArtifactChunkTable
  download: DownloadTable
  download_revocation: DownloadRevocationTable
  installation: InstallationTable
}

export type ProductRow = Selectable<ProductTable>
export type ArtifactRow = Selectable<ArtifactTable>
export type ArtifactChunkRow = Selectable<ArtifactChunkTable>
export type DownloadRow = Selectable<DownloadTable>
export type DownloadRevocationRow = Selectable<DownloadRevocationTable>
export type InstallationRow = Selectable<InstallationTable>
