import { customersQuery, salesQuery } from '@sentby/contract'
import { Hono } from 'hono'
import type { Deps } from '../deps.ts'
import { requireSecret } from '../middleware/auth.ts'
import { pathPart, readQuery } from '../middleware/request.ts'
import { readCredit } from '../services/reading/credit.ts'
import { listCustomers, readCustomer } from '../services/reading/customers.ts'
import { listSales, readSale } from '../services/reading/sales.ts'

/** `/v1/customers`, their credit, `/v1/sales` (CONTRACT §4.3, §4.4). */
export function customerRoutes(deps: Deps): Hono {
  const app = new Hono()
  app.get('/v1/customers', async (c) => {
    const { programId } = await requireSecret(deps, c)
    return c.json(await listCustomers(deps, programId, readQuery(c, customersQuery)))
  })
  app.get('/v1/customers/:id', async (c) => {
    const { programId } = await requireSecret(deps, c)
    return c.json(await readCustomer(deps, programId, pathPart(c, 'id')))
  })
  app.get('/v1/customers/:id/credit', async (c) => {
    const { programId } = await requireSecret(deps, c)
    return c.json(await readCredit(deps, programId, pathPart(c, 'id')))
  })
  app.get('/v1/sales', async (c) => {
    const { programId } = await requireSecret(deps, c)
    return c.json(await listSales(deps, programId, readQuery(c, salesQuery)))
  })
  app.get('/v1/sales/:order', async (c) => {
    const { programId } = await requireSecret(deps, c)
    return c.json(await readSale(deps, programId, pathPart(c, 'order')))
  })
  return app
}
