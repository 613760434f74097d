/** What tests of installations share: partners, reports as a shell would send them, stamps, claim lines. */
import { issueToken } from '@sentby/stamp'
import { raiseRevision } from '@sentby/store'
import { adler32 } from '../../src/services/installs/claim-line.ts'
import { stampKeys } from '../../src/services/stamp-keys.ts'
import { addProgram, call, type Told } from '../resources/programs.ts'
import { type Engine, openTestCollector, type TestCollector } from '../test-collector.ts'

/** Fields of a report; a list is repeated. */
export type Fields = Record<string, string | readonly string[]>

export interface World {
  collector: TestCollector
  /** Ids of the partners by their code. */
  partners: Record<'JANE' | 'BOB', string>
  /** Sends a form with the publishable key. */
  report(fields: Fields, key?: string, path?: string): Promise<Told>
  /** A code entered later. */
  claim(install: string, code: string, key?: string): Promise<Told>
  lines(text: string, key?: string): Promise<Told>
  stamp(given?: Partial<StampGiven>): string
  /** The installation and its decision, by the vendor's key. */
  installation(id: string): Promise<Told['body']>
  credit(id: string): Promise<Told['body']>
  /** The vendor revokes a download as of an instant. */
  revoke(download: string, from: string): Promise<void>
  setClock(now: string): void
  facts(install: string): Promise<number>
}

interface StampGiven {
  code: string
  product: string
  download: string
  program: string
  programId: string
  secret: string
  expiresSeconds: number | null
}

/** A collector with two partners, JANE and BOB; BOB's name is not shown. */
export async function openWorld(
  engine: Engine,
  options: Parameters<typeof openTestCollector>[1] = {},
): Promise<World> {
  const collector = await openTestCollector(engine, options)
  const { deps, program } = collector
  const add = async (code: string, showsName: boolean) => {
    const email = `${code.toLowerCase()}@partner.test`
    const input = { email, name: `${code} Ltd`, code, showsName }
    return String((await call(collector, 'POST', '/v1/partners', input)).body.id)
  }
  const partners = { JANE: await add('JANE', true), BOB: await add('BOB', false) }
  const post = (path: string, body: string, key: string, type: string) =>
    answer(
      collector.app.request(path, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': type },
        body,
      }),
    )
  const form = 'application/x-www-form-urlencoded'
  const stampSecret = () => {
    const row = deps.directory.program(program.id)?.row
    if (!row) throw new Error('no program')
    return row.stamp_secret
  }
  return {
    collector,
    partners,
    report: (fields, key = program.publishableKey, path = '/v1/installs') =>
      post(path, formOf(fields), key, form),
    claim: (install, code, key = program.publishableKey) =>
      post(`/v1/installs/${install}/claim`, formOf({ code }), key, form),
    lines: (text, key = program.publishableKey) => post('/v1/claims', text, key, 'text/plain'),
    stamp(given = {}) {
      const row = {
        id: given.programId ?? program.id,
        stamp_secret: given.secret ?? stampSecret(),
      }
      const { signing } = stampKeys(deps.config, { row })
      return issueToken(
        {
          program: given.program ?? 'acme',
          product: given.product ?? 'pbx',
          code: given.code ?? 'JANE',
          download: given.download ?? 'dwn_1',
          artifact: null,
          issuedSeconds: 1_700_000_000,
          expiresSeconds: given.expiresSeconds ?? null,
        },
        signing,
      )
    },
    installation: async (id) => (await call(collector, 'GET', `/v1/installations/${id}`)).body,
    credit: async (id) => (await call(collector, 'GET', `/v1/installations/${id}/credit`)).body,
    async revoke(download, from) {
      await deps.store.transaction(async (tx) => {
        await tx.lockProgram(program.id, 'exclusive')
        const revision = await raiseRevision(tx.db, program.id, true)
        const row = { download_id: download, from_at: from, reason: 'lost', created_at: from }
        await tx.db
          .insertInto('download_revocation')
          .values({ program_id: program.id, ...row, revision })
          .execute()
      })
    },
    setClock: (now) => deps.testClock?.set(Date.parse(now)),
    async facts(install) {
      const rows = await deps.store.db
        .selectFrom('fact')
        .select('id')
        .where('install', '=', install)
        .execute()
      return rows.length
    },
  }
}

export { addProgram, call }

/** Each candidate as `kind code verdict`. */
export function verdictsOf(credit: Told['body']): string[] {
  return credit.candidates.map(
    (one: { kind: string; code: string; verdict: string }) =>
      `${one.kind} ${one.code} ${one.verdict}`,
  )
}

function formOf(fields: Fields): string {
  const pairs = Object.entries(fields).flatMap(([name, value]) =>
    [value].flat().map((one): [string, string] => [name, one]),
  )
  return new URLSearchParams(pairs).toString()
}

async function answer(sent: Response | Promise<Response>): Promise<Told> {
  const response = await sent
  return { status: response.status, body: await response.json() }
}

/** A claim line of these fields, in the order given, with its check. */
export function lineOf(fields: readonly (readonly [string, string])[]): string {
  const body = `sentby1:${fields.map(([name, value]) => `${name}=${encodeValue(value)}`).join('&')}`
  return `${body}&check=${adler32(Buffer.from(body))}`
}

function encodeValue(value: string): string {
  return encodeURIComponent(value).replace(
    /[!'()*]/g,
    (found) => `%${found.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
