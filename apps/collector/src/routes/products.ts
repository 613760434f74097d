import { join } from 'node:path'
import {
  artifactQuery,
  downloadsQuery,
  LIMITS,
  pageQuery,
  productChange,
  productInput,
  revocationInput,
} from '@sentby/contract'
import { type Context, Hono } from 'hono'
import { z } from 'zod'
import type { Deps } from '../deps.ts'
import { requireSecret } from '../middleware/auth.ts'
import { pathPart, readBody, readQuery, retryOf } from '../middleware/request.ts'
import { receiveFile } from '../middleware/upload.ts'
import {
  changeProduct,
  listArtifacts,
  listProducts,
  makeProduct,
  readProduct,
} from '../services/configuration/products.ts'
import { cacheFolderOf, withWorkFolder } from '../services/downloads/cache-folder.ts'
import { publish } from '../services/downloads/publish.ts'
import { listDownloads, revokeDownload } from '../services/downloads/read-downloads.ts'

const page = z.strictObject(pageQuery)

/**
 * `/v1/products`, their artifacts, `/v1/downloads` (CONTRACT §4.3).
 *
 * @param artifactBytes another limit, for tests.
 */
export function productRoutes(deps: Deps, artifactBytes: number = LIMITS.artifactBytes): Hono {
  const app = new Hono()
  addProducts(app, deps)
  app.get('/v1/products/:product/artifacts', async (c) => {
    const { programId } = await requireSecret(deps, c)
    const product = pathPart(c, 'product')
    return c.json(await listArtifacts(deps, programId, product, readQuery(c, page)))
  })
  app.post('/v1/products/:product/artifacts', (c) => takeArtifact(deps, c, artifactBytes))
  app.get('/v1/downloads', async (c) => {
    const { programId } = await requireSecret(deps, c)
    return c.json(await listDownloads(deps, programId, readQuery(c, downloadsQuery)))
  })
  app.post('/v1/downloads/:id/revoke', async (c) => {
    const { programId } = await requireSecret(deps, c)
    const input = await readBody(c, revocationInput)
    return c.json(await revokeDownload(deps, programId, pathPart(c, 'id'), input))
  })
  return app
}

function addProducts(app: Hono, deps: Deps): void {
  app.get('/v1/products', async (c) => {
    const { programId } = await requireSecret(deps, c)
    return c.json(await listProducts(deps, programId, readQuery(c, page)))
  })
  app.post('/v1/products', async (c) => {
    const { programId } = await requireSecret(deps, c)
    const input = await readBody(c, productInput)
    const { status, body } = await makeProduct(deps, programId, input, retryOf(c, input))
    return c.json(body, status)
  })
  app.get('/v1/products/:product', async (c) => {
    const { programId } = await requireSecret(deps, c)
    return c.json(await readProduct(deps, programId, pathPart(c, 'product')))
  })
  app.patch('/v1/products/:product', async (c) => {
    const { programId } = await requireSecret(deps, c)
    const input = await readBody(c, productChange)
    return c.json(await changeProduct(deps, programId, pathPart(c, 'product'), input))
  })
}

/** The product is looked up before a byte of the body is taken. */
async function takeArtifact(deps: Deps, c: Context, artifactBytes: number): Promise<Response> {
  const { programId } = await requireSecret(deps, c)
  const query = readQuery(c, artifactQuery)
  const product = pathPart(c, 'product')
  await readProduct(deps, programId, product)
  return withWorkFolder(cacheFolderOf(deps.config.databaseUrl), async (workFolder) => {
    const path = join(workFolder, 'upload')
    await receiveFile(c, path, artifactBytes)
    const retry = retryOf(c, query)
    const input = { ...query, path, workFolder }
    const { status, body } = await publish(deps, programId, product, input, retry)
    return c.json(body, status)
  })
}
