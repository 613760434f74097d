/** `GET /i/{product}.sh?code=`: the shell installer of a product, stamped for this one request. */

import type { Deps } from '../../deps.ts'
import type { ProgramConfig } from '../program-config.ts'
import { beginDownload } from './begin-download.ts'
import { findProduct, type PageVisitor } from './download-page.ts'
import { judgeCode } from './judge-code.ts'
import { artifactsOf } from './product-files.ts'
import { plainFile, type ResolvedFile, stampedFile } from './resolve-file.ts'
import { visitorOf } from './visitor-cookie.ts'

type InstallerDeps = Pick<
  Deps,
  'config' | 'store' | 'directory' | 'clock' | 'limits' | 'metrics' | 'log'
>

/**
 * The latest shell script of a product with a fresh stamp; without a code that counts it is the script as it was
 * published, and says why. `undefined`: there is no product, or no script of it.
 */
export async function renderInstaller(
  deps: InstallerDeps,
  asked: ProgramConfig,
  productId: string,
  text: string,
  visitor: PageVisitor,
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
  const token = await beginDownload(deps, {
    program,
    product,
    artifact,
    code,
    source: 'link',
    visitor: visitorOf(visitor.header, deps.clock.now())?.visitor ?? null,
    network: visitor.network,
  })
  return stampedFile(artifact, token, code)
}
