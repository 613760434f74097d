/** What lead tests share: a vendor with two partners, and its leads over HTTP. */
import { call, type Told } from '../resources/programs.ts'
import { RATE_30, World } from '../rewards/world.ts'
import type { TestCollector } from '../test-collector.ts'

export class LeadWorld extends World {
  ann = ''
  ben = ''

  /** Two partners in a group that earns 30 % of each sale. */
  async open(): Promise<this> {
    await this.group('partners', RATE_30)
    this.ann = await this.partner('ANN', 'partners')
    this.ben = await this.partner('BEN', 'partners')
    return this
  }

  /** Files a lead for Ann, unless another code or a partner is named. */
  submit(lead: object): Promise<Told> {
    const input = { name: 'Lea Lead', ...lead }
    const by = 'partner' in lead || 'code' in lead ? {} : { code: 'ANN' }
    return call(this.collector, 'POST', '/v1/leads', { ...by, ...input })
  }

  decide(lead: string, verb: 'accept' | 'decline', body?: object): Promise<Told> {
    const path = `/v1/leads/${encodeURIComponent(lead)}/${verb}`
    return call(this.collector, 'POST', path, body)
  }

  lead(id: string) {
    return this.ok('GET', `/v1/leads/${encodeURIComponent(id)}`)
  }

  async list(query: string): Promise<string[]> {
    const { data } = await this.ok('GET', `/v1/leads?limit=200&${query}`)
    return data.map((lead: { id: string }) => lead.id)
  }

  async factsOf(lead: string): Promise<string[]> {
    const rows = await this.collector.deps.store.db
      .selectFrom('fact')
      .select('id')
      .where('lead_id', '=', lead)
      .orderBy('id')
      .execute()
    return rows.map(({ id }) => id)
  }
}

/** Sends with an `Idempotency-Key`. */
export async function submitUnder(
  collector: TestCollector,
  key: string,
  lead: object,
): Promise<Told> {
  const response = await collector.app.request('/v1/leads', {
    method: 'POST',
    headers: {
      authorization: `Bearer ${collector.program.secretKey}`,
      'content-type': 'application/json',
      'idempotency-key': key,
    },
    body: JSON.stringify(lead),
  })
  return { status: response.status, body: await response.json() }
}
