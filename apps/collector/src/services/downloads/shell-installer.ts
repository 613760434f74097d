/** `GET /i/{product}.sh?code=`: the shell installer of a product, stamped for this one request. */

import { newId } from '@sentby/store'
import type { ProgramConfig } from '../program-config.ts'
import { beginDownload, tokenOf } from './begin-download.ts'
import { findProduct, type PageDeps, type PageVisitor } from './download-page.ts'
import { judgeCode } from './judge-code.ts'
import { artifactsOf } from './product-files.ts'
import { plainFile, type ResolvedFile, stampedFile } from './resolve-file.ts'
import { visitorOf } from './visitor-cookie.ts'

/**
 * The latest shell script of a product with a fresh stamp; without a code that counts it is the script as it was
 * published, and says why. `undefined`: there is no product, or no script of it.
 *
 * @param keeps `false` for a look (HEAD): no download is begun.
 */
export async function renderInstaller(
  deps: PageDeps,
  asked: ProgramConfig,
  productId: string,
  text: string,
  visitor: PageVisitor,
  keeps = true,
): Promise<ResolvedFile | undefined> {
  const found = await findProduct(deps, asked, productId)
  if (!found) return undefined
  const { program, product } = found
  const artifact = artifactsOf(program, productId).findLast((row) => row.format === 'shell')
  if (!artifact) return undefined
  if (text.trim() === '') return plainFile(artifact, 'no_code')
  const judged = await judgeCode(deps, program, visitor.network, text)
  if (judged.status === 'unknown') return plainFile(artifact, 'unknown_code')
  if (judged.status === 'deferred') return plainFile(artifact, 'deferred')
  const { code } = judged
  const nowMs = deps.clock.now()
  const download = {
    program,
    product,
    artifact,
    code,
    source: 'link' as const,
    visitor: visitorOf(visitor.header, nowMs)?.visitor ?? null,
    network: visitor.network,
  }
  const token = keeps
    ? await beginDownload(deps, download)
    : tokenOf(deps, download, newId('download', nowMs), nowMs)
  return stampedFile(artifact, token, code)
}
