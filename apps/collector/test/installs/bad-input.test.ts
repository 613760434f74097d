/** What reports may not be, as a form and as JSON, and who may ask: status, pointer, nothing stored. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Told } from '../resources/programs.ts'
import { ENGINES } from '../test-collector.ts'
import { addProgram, openWorld, type World } from './world.ts'

const FORM = 'application/x-www-form-urlencoded'
const JSON_TYPE = 'application/json'
const GOOD = 'product=pbx&install=i'
const claims = (count: number) => Array.from({ length: count }, () => 'claim=env:JANE').join('&')

describe.each(ENGINES)('bad reports on %s', (engine) => {
  let world: World
  let foreign: { publishableKey: string; secretKey: string }
  beforeAll(async () => {
    world = await openWorld(engine)
    foreign = await addProgram(world.collector, 'foreign')
  })
  afterAll(() => world.collector.closeAll())

  const post = async (
    path: string,
    body: string,
    type: string | null = FORM,
    key: string | null = world.collector.program.publishableKey,
  ) => {
    const headers = {
      ...(type === null ? {} : { 'content-type': type }),
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
    }
    const bytes = new TextEncoder().encode(body)
    const sent = new Request(`http://go.acme.test${path}`, { method: 'POST', headers, body: bytes })
    const response = await world.collector.app.request(sent)
    return { status: response.status, body: (await response.json()) as Told['body'] }
  }
  const facts = async () =>
    (await world.collector.deps.store.db.selectFrom('fact').select('id').execute()).length

  const rows: [string, string, string, number, string, string?][] = [
    ['an empty body', '', FORM, 422, 'invalid_request', '/product'],
    ['no product', 'install=i', FORM, 422, 'invalid_request', '/product'],
    ['an empty product', 'product=&install=i', FORM, 422, 'invalid_request', '/product'],
    ['no install', 'product=pbx', FORM, 422, 'invalid_request', '/install'],
    ['an id with a space', 'product=pbx&install=a+b', FORM, 422, 'invalid_request', '/install'],
    [
      'a long id',
      `product=pbx&install=${'i'.repeat(129)}`,
      FORM,
      422,
      'invalid_request',
      '/install',
    ],
    ['an unknown field', `${GOOD}&host=x`, FORM, 422, 'invalid_request', '/host'],
    ['a field of objects', `${GOOD}&__proto__=x`, FORM, 422, 'invalid_request', '/__proto__'],
    ['a field twice', `${GOOD}&product=crm`, FORM, 422, 'invalid_request', '/product'],
    ['no flag', `${GOOD}&ephemeral=maybe`, FORM, 422, 'invalid_request', '/ephemeral'],
    ['no time', `${GOOD}&at=yesterday`, FORM, 422, 'invalid_request', '/at'],
    ['a claim without source', `${GOOD}&claim=JANE`, FORM, 422, 'invalid_request', '/claim/0'],
    ['an unknown source', `${GOOD}&claim=guess:JANE`, FORM, 422, 'invalid_request', '/claim/0'],
    ['17 claims', `${GOOD}&${claims(17)}`, FORM, 422, 'invalid_request', '/claim'],
    ['too long a claim', `${GOOD}&claim=env:${'x'.repeat(513)}`, FORM, 422, 'invalid_request'],
    ['another type', GOOD, 'application/xml', 415, 'unsupported_media_type'],
    ['files', GOOD, 'multipart/form-data; boundary=x', 415, 'unsupported_media_type'],
    ['a huge body', `${GOOD}&version=${'x'.repeat(70_000)}`, FORM, 413, 'too_large'],
    ['no JSON', GOOD, JSON_TYPE, 400, 'malformed_json'],
    ['a JSON list', '[]', JSON_TYPE, 422, 'invalid_request'],
    ['null', 'null', JSON_TYPE, 422, 'invalid_request'],
    ['a number', '{"product":1,"install":"i"}', JSON_TYPE, 422, 'invalid_request', '/product'],
    ['an unknown name', '{"product":"p","install":"i","x":1}', JSON_TYPE, 422, 'invalid_request'],
    [
      'a text for a flag',
      '{"product":"p","install":"i","ephemeral":"true"}',
      JSON_TYPE,
      422,
      'invalid_request',
      '/ephemeral',
    ],
  ]

  test.each(rows)('%s', async (_title, body, type, status, code, pointer) => {
    const before = await facts()
    const answer = await post('/v1/installs', body, type)
    expect(answer).toMatchObject({ status, body: { code } })
    if (pointer !== undefined) {
      expect(answer.body.errors.map((one: { pointer: string }) => one.pointer)).toContain(pointer)
    }
    expect(await facts()).toBe(before)
  })

  test.each([
    ['a form', GOOD.replace('=i', '=fine-1'), FORM],
    ['a form without a type', GOOD.replace('=i', '=fine-2'), null],
    ['JSON', '{"product":"pbx","install":"fine-3"}', JSON_TYPE],
    ['JSON as text', '{"product":"pbx","install":"fine-4"}', 'text/plain;charset=UTF-8'],
    ['JSON without a type', ' {"product":"pbx","install":"fine-5"}', null],
    ['one claim as a text', '{"product":"pbx","install":"fine-6","claim":"env:JANE"}', JSON_TYPE],
    ['16 claims', `product=pbx&install=fine-7&${claims(16)}`, FORM],
    ['empty fields', 'product=pbx&install=fine-8&version=&claim=&claim=env:&parent=', FORM],
  ])('%s is fine', async (_title, body, type) => {
    const answer = await post('/v1/installs', body, type)
    expect(answer).toMatchObject({ status: 200, body: { receipt: expect.any(String) } })
  })

  const routes = [
    ['/v1/installs', 'product=pbx&install=keys', FORM],
    ['/v1/installs/keys/claim', 'code=JANE', FORM],
    ['/v1/claims', '# nothing', 'text/plain'],
  ] as const

  test.each(routes)(
    '%s takes a key in the header or the address, and none in vain',
    async (path, body, type) => {
      const { publishableKey, secretKey } = world.collector.program
      expect(await post(path, body, type, null)).toMatchObject({ body: { code: 'key_required' } })
      expect(await post(path, body, type, 'pk_wrong')).toMatchObject({
        body: { code: 'unknown_key' },
      })
      const inAddress = (key: string) => post(`${path}?key=${key}`, body, type, null)
      expect(await inAddress(secretKey)).toMatchObject({ status: 403 })
      expect([200, 400]).toContain((await inAddress(publishableKey)).status)
      expect(await post(`${path}?other=1`, body, type)).toMatchObject({ status: 422 })
      expect(await post(path, body, 'application/xml')).toMatchObject({ status: 415 })
    },
  )

  test('a key may stand in the body', async () => {
    const { publishableKey } = world.collector.program
    const body = `product=pbx&install=in-body&key=${publishableKey}`
    expect(await post('/v1/installs', body, FORM, null)).toMatchObject({ status: 200 })
  })

  test('one program neither sees nor claims what another has', async () => {
    await post('/v1/installs', 'product=pbx&install=own&claim=env:JANE')
    const claim = await post('/v1/installs/own/claim', 'code=JANE', FORM, foreign.publishableKey)
    expect(claim).toMatchObject({ status: 404 })
    const same = await post('/v1/installs', 'product=pbx&install=own', FORM, foreign.publishableKey)
    expect(same.body).toMatchObject({ status: 'unattributed' })
    for (const path of ['/v1/installations/own', '/v1/installations/own/credit']) {
      const theirs = await world.collector.send('GET', path, undefined, foreign.secretKey)
      const told = (await theirs.json()) as Told['body']
      expect(told.partner ?? told.credited ?? null).toBeNull()
    }
    expect(await world.installation('own')).toMatchObject({ code: 'JANE' })
  })

  test.each(['/v1/installations', '/v1/installations/own', '/v1/installations/own/credit'])(
    '%s is for secret keys',
    async (path) => {
      const { publishableKey } = world.collector.program
      expect((await world.collector.app.request(path)).status).toBe(401)
      const open = await world.collector.send('GET', path, undefined, publishableKey)
      expect(open.status).toBe(403)
    },
  )

  test.each([
    ['limit=0', 422],
    ['limit=201', 422],
    ['conflict=yes', 422],
    ['copies=1', 422],
    ['cursor=%00', 422],
    ['product=a&product=b', 400],
    ['unknown=1', 422],
  ])('a list with %s is refused', async (query, status) => {
    const response = await world.collector.send('GET', `/v1/installations?${query}`)
    expect(response.status).toBe(status)
  })

  test('an installation that never reported itself is not found', async () => {
    for (const path of ['/v1/installations/nobody', '/v1/installations/a%00b/credit']) {
      expect((await world.collector.send('GET', path)).status).toBe(404)
    }
  })

  test('a page after the other gives every installation once', async () => {
    const seen: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const path: string = `/v1/installations?limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`
      const page = (await (await world.collector.send('GET', path)).json()) as Told['body']
      seen.push(...page.data.map(({ id }: { id: string }) => id))
      cursor = page.next
    }
    expect(seen.length).toBeGreaterThan(8)
    expect(new Set(seen).size).toBe(seen.length)
  })
})
