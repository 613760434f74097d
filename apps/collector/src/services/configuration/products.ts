/** Products: what can be downloaded and installed, and how its files take a stamp. */
import type {
  ArtifactAnswer,
  Page,
  ProductAnswer,
  ProductChange,
  ProductInput,
} from '@sentby/contract'
import { type ArtifactRow, insertProduct, type ProductRow, updateProduct } from '@sentby/store'
import { planOf } from '../downloads/artifact-plan.ts'
import { artifactsOf, currentFile, currentFiles } from '../downloads/product-files.ts'
import { type PageRequest, pageInMemory } from '../paging.ts'
import type { ProgramConfig } from '../program-config.ts'
import { Refusal } from '../refusal.ts'
import {
  type Answer,
  type ConfigureDeps,
  changeConfiguration,
  freshProgram,
  type Retry,
} from './change.ts'
import { programUrl } from './link-url.ts'

/**
 * Makes a product.
 *
 * @throws Refusal `already_exists` when the program has a product of that name.
 */
export function makeProduct(
  deps: ConfigureDeps,
  programId: string,
  input: ProductInput,
  retry?: Retry,
): Promise<Answer<ProductAnswer>> {
  return changeConfiguration(deps, programId, retry, async (change) => {
    if (change.program.products.has(input.product)) {
      throw new Refusal('already_exists', { detail: 'a product of this name exists' })
    }
    const row: ProductRow = {
      program_id: programId,
      id: input.product,
      name: input.name ?? input.product,
      stamp_path: input.stampPath ?? null,
      stamp_days: input.stampDays ?? null,
      created_at: change.now,
      revision: await change.revise(false),
    }
    await insertProduct(change.tx.db, row)
    return { status: 201, body: toProduct(deps, change.program, row) }
  })
}

/**
 * Changes a product. Files that are published keep the stamp path of their time; stamps keep their end.
 *
 * @throws Refusal `not_found`.
 */
export async function changeProduct(
  deps: ConfigureDeps,
  programId: string,
  id: string,
  input: ProductChange,
): Promise<ProductAnswer> {
  const answer = await changeConfiguration(deps, programId, undefined, async (change) => {
    const known = productOf(change.program, id)
    const row: ProductRow = {
      ...known,
      name: input.name ?? known.name,
      stamp_path: input.stampPath === undefined ? known.stamp_path : input.stampPath,
      stamp_days: input.stampDays === undefined ? known.stamp_days : input.stampDays,
      revision: await change.revise(false),
    }
    await updateProduct(change.tx.db, row)
    return { status: 200, body: toProduct(deps, change.program, row) }
  })
  return answer.body
}

export async function listProducts(
  deps: ConfigureDeps,
  programId: string,
  page: PageRequest,
): Promise<Page<ProductAnswer>> {
  const program = await freshProgram(deps, programId)
  const { data, next } = pageInMemory(program.products.values(), (row) => row.id, page)
  return { data: data.map((row) => toProduct(deps, program, row)), next }
}

/** @throws Refusal `not_found`. */
export async function readProduct(
  deps: ConfigureDeps,
  programId: string,
  id: string,
): Promise<ProductAnswer> {
  const program = await freshProgram(deps, programId)
  return toProduct(deps, program, productOf(program, id))
}

/**
 * The files published for a product, the oldest first.
 *
 * @throws Refusal `not_found`.
 */
export async function listArtifacts(
  deps: ConfigureDeps,
  programId: string,
  product: string,
  page: PageRequest,
): Promise<Page<ArtifactAnswer>> {
  const program = await freshProgram(deps, programId)
  productOf(program, product)
  const rows = artifactsOf(program, product)
  const { data, next } = pageInMemory(rows, (row) => row.id, page)
  return { data: data.map((row) => toArtifact(deps, program, row)), next }
}

/**
 * A product by its name.
 *
 * @throws Refusal `not_found`.
 */
export function productOf(program: ProgramConfig, id: string): ProductRow {
  const found = program.products.get(id)
  if (found) return found
  throw new Refusal('not_found', { detail: 'the program has no product of this name' })
}

/** A published file as answers tell it; `program` knows it already, or it is the latest of its name. */
export function toArtifact(
  deps: ConfigureDeps,
  program: ProgramConfig,
  row: ArtifactRow,
): ArtifactAnswer {
  const current = currentFile(program, row.product_id, row.file)
  return {
    id: row.id,
    product: row.product_id,
    file: row.file,
    version: row.version,
    format: row.format,
    stampPath: planOf(row).path,
    size: row.size,
    sha256: row.sha256,
    publishedSha256: row.published_sha256,
    current: current === undefined || current.revision <= row.revision,
    url: programUrl(deps, program, `/f/${row.product_id}/${row.file}`),
    page: programUrl(deps, program, `/d/${row.product_id}`),
    createdAt: row.created_at,
  }
}

function toProduct(deps: ConfigureDeps, program: ProgramConfig, row: ProductRow): ProductAnswer {
  return {
    product: row.id,
    name: row.name,
    stampPath: row.stamp_path,
    stampDays: row.stamp_days,
    page: programUrl(deps, program, `/d/${row.id}`),
    files: currentFiles(program, row.id).length,
    createdAt: row.created_at,
  }
}
