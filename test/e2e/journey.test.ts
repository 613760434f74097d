/** From a partner's link to the credit, through a real browser, the real shop and the real collector. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openWorld, Person, type World } from './journey-world.ts'

const JANES_LINK = 'http://go.acme.test/r/JANE'
const MAXS_LINK = 'http://go.acme.test/r/MAX'
const SIGNUP = 'http://app.acme.test/signup'

/** One world for a file's tests, a new person for each. */
function useWorld(engine: 'sqlite' | 'postgres') {
  const scene = {} as { world: World; person: Person }
  beforeAll(async () => {
    scene.world = await openWorld(engine)
  })
  beforeEach(async () => {
    scene.person = await Person.arrive(scene.world.browser)
  })
  afterEach(async () => {
    await scene.person.context.close()
    // Whatever the collector does, the host page sees no error.
    expect(scene.person.errors).toEqual([])
  })
  afterAll(() => scene.world?.close())
  return scene
}

describe.each(['sqlite', 'postgres'] as const)('on %s', (engine) => {
  const scene = useWorld(engine)

  test("a partner's link, a signup on another subdomain and a sale give the partner the credit", async () => {
    const { world, person } = scene
    await person.follow(JANES_LINK)
    expect(person.page.url()).toBe('http://www.acme.test/?via=JANE')
    await person.follow(`${SIGNUP}?plan=team`)
    expect(await person.page.inputValue('#partner-code')).toBe('JANE')
    await person.signUp()
    const customer = await person.buy()
    const credit = await world.credit(customer)
    expect(credit).toMatchObject({
      credited: { partner: { id: world.partners['JANE'], name: "Jane's Blog" }, code: 'JANE' },
      reason: 'last link within 90 days',
      provisional: null,
    })
    expect(credit.candidates.map(({ kind, verdict }) => [kind, verdict])).toEqual([['link', 'won']])
    expect(credit.candidates[0]?.evidence).toBe(credit.credited?.evidence)
    expect(await person.headline()).toBe("Jane's Blog gets the credit")
    expect(await person.steps()).toEqual([
      "Followed the link of Jane's Blog Won",
      'Signed up for an account Decides',
      'Paid €29',
    ])
  })

  test('every partner who had a part is shown with a verdict', async () => {
    const { world, person } = scene
    await person.follow(JANES_LINK)
    await person.follow(MAXS_LINK)
    await person.follow(SIGNUP)
    await person.signUp()
    const credit = await world.credit(await person.buy())
    expect(credit.credited?.code).toBe('MAX')
    expect(credit.candidates.map(({ partner, verdict }) => [partner, verdict])).toEqual([
      [world.partners['MAX'], 'won'],
      [world.partners['JANE'], 'outranked'],
    ])
  })
})

describe('what people do', () => {
  const scene = useWorld('sqlite')

  test('a typed code wins over the link, and the form names its partner', async () => {
    const { world, person } = scene
    await person.follow(JANES_LINK)
    await person.follow(SIGNUP)
    expect(await person.typeCode(' max ')).toBe("Thank you! This is the code of Max's Web Studio.")
    await person.signUp()
    const credit = await world.credit(await person.buy())
    expect(credit.credited?.code).toBe('MAX')
    expect(credit.reason).toBe('last typed code within 90 days')
    const steps = await person.steps()
    expect(steps).toContain("Followed the link of Jane's Blog Outranked")
    expect(steps).toContain("Typed the code of Max's Web Studio Won")
  })

  test('a code that stood in the field already is a link, not a typed code', async () => {
    const { world, person } = scene
    await person.follow(JANES_LINK)
    await person.follow(SIGNUP)
    expect(await person.page.inputValue('#partner-code')).toBe('JANE')
    await person.page.focus('#partner-code')
    await person.signUp()
    const credit = await world.credit(await person.buy())
    expect(credit.candidates.map(({ kind }) => kind)).toEqual(['link'])
  })

  test('who comes by nobody is a customer without credit, and the reason is said', async () => {
    const { world, person } = scene
    await person.follow('http://www.acme.test/')
    await person.follow(SIGNUP)
    await person.signUp()
    const credit = await world.credit(await person.buy())
    expect(credit).toMatchObject({ credited: null, reason: 'no_evidence', candidates: [] })
    expect(await person.headline()).toBe('Nobody gets the credit')
    expect(await person.page.textContent('.verdict p')).toMatch(/^No link, code or other evidence/)
  })

  test('where the script is blocked, a typed code is told by the backend', async () => {
    const { world, person } = scene
    await person.context.route('**/s.js', (route) => route.abort())
    await person.page.goto(SIGNUP)
    await person.page.fill('#partner-code', 'jane')
    await person.signUp()
    const credit = await world.credit(await person.buy())
    expect(credit.credited?.code).toBe('JANE')
    expect(await person.context.cookies()).toEqual([
      expect.objectContaining({ name: 'acme_session' }),
    ])
  })

  test('a later link gets the credit, and Back does not give it back', async () => {
    const { world, person } = scene
    await person.follow(JANES_LINK)
    await person.follow('http://www.acme.test/signup')
    await person.follow(MAXS_LINK)
    await person.page.goBack()
    await person.page.goBack()
    expect(person.page.url()).toBe('http://www.acme.test/?via=JANE')
    await person.settled()
    await person.follow(SIGNUP)
    await person.signUp()
    const credit = await world.credit(await person.buy())
    expect(credit.credited?.code).toBe('MAX')
  })

  test('an unknown code is said to be unknown, and the code from before is kept', async () => {
    const { world, person } = scene
    await person.follow(JANES_LINK)
    await person.follow(SIGNUP)
    expect(await person.typeCode('nobody')).toMatch(/^No partner has this code/)
    expect(await person.code()).toBe('JANE')
    await person.signUp()
    expect(await person.page.textContent('.banner')).toMatch(/^No partner has the code/)
    const credit = await world.credit(await person.buy())
    expect(credit.credited?.code).toBe('JANE')
    expect(credit.unknownCodes.map(({ code }) => code)).toContain('NOBODY')
    expect(await person.steps()).toEqual([
      "Followed the link of Jane's Blog Won",
      'Typed the code NOBODY Unknown',
      'Signed up with the code NOBODY Decides',
      'Paid €29',
    ])
  })

  test('the page about the credit follows what happens in another tab', async () => {
    const { person } = scene
    const watcher = await person.context.newPage()
    await watcher.goto('http://app.acme.test/credit')
    expect(await watcher.textContent('#headline')).toBe('Not a customer yet')
    await person.follow(JANES_LINK)
    await watcher.locator('.step-head', { hasText: 'Followed the link JANE' }).waitFor()
    await person.follow(SIGNUP)
    await person.signUp()
    await watcher.locator('#headline', { hasText: "Jane's Blog gets the credit" }).waitFor()
    await person.buy()
    await watcher.locator('.step-head', { hasText: 'Paid' }).waitFor()
    expect(await watcher.textContent('#news')).toBe("Jane's Blog gets the credit")
  })

  test('starting over forgets visitor and customer', async () => {
    const { person } = scene
    await person.follow(JANES_LINK)
    await person.follow(SIGNUP)
    await person.signUp()
    await person.buy()
    await person.page.click('[data-start-over] button')
    await person.page.locator('#headline', { hasText: 'Not a customer yet' }).waitFor()
    await person.settled()
    expect(await person.code()).toBeUndefined()
  })

  test('before consent nothing is stored or sent; a code typed then counts after it', async () => {
    const { world, person } = scene
    const sent: string[] = []
    person.page.on('request', (request) => sent.push(request.url()))
    await person.follow('http://consent.acme.test/signup')
    expect(await person.typeCode('max')).toMatch(/^Noted/)
    expect(sent.filter((url) => url.includes('/v1/'))).toEqual([])
    expect(await person.context.cookies()).toEqual([])
    const told = person.page.waitForResponse('**/v1/events')
    await person.page.click('[data-consent=yes]')
    expect(await (await told).json()).toMatchObject({
      results: [{ outcome: 'stored', verdict: { status: 'accepted', code: 'MAX' } }],
    })
    await person.signUp()
    const credit = await world.credit(await person.buy())
    expect(credit.credited?.code).toBe('MAX')
    expect(credit.candidates.map(({ kind }) => kind)).toContain('typed')
  })
})

describe('frames', () => {
  const scene = useWorld('sqlite')

  test('a visit in a sandboxed frame is stored and is not creditable', async () => {
    const { person } = scene
    const told = person.page.waitForResponse('http://go.acme.test/v1/events')
    await person.page.goto('http://evil.test/')
    const response = await told
    expect((await response.request().allHeaders())['origin']).toBe('null')
    expect(await response.json()).toMatchObject({
      results: [{ outcome: 'stored', verdict: { status: 'not_creditable', reason: 'framed' } }],
    })
  })

  test('a visit in a frame of another page reaches the customer and gives no credit', async () => {
    const { world, person } = scene
    const told = person.page.waitForResponse('http://go.acme.test/v1/events')
    await person.page.goto('http://blog.acme.test/')
    await told
    await person.follow(SIGNUP)
    await person.signUp()
    const credit = await world.credit(await person.buy())
    expect(credit).toMatchObject({ credited: null, reason: 'all_struck' })
    expect(credit.candidates.map(({ verdict }) => verdict)).toEqual(['framed'])
    expect(await person.steps()).toContain("Followed the link of Jane's Blog In a frame")
  })
})

describe('while the collector is away', () => {
  const scene = useWorld('sqlite')

  test('a visit that was refused with 503 is sent again and gives the credit', async () => {
    const { world, person } = scene
    world.drainCollector()
    const refused = person.page.waitForResponse('**/v1/events')
    await person.page.goto(JANES_LINK)
    expect((await refused).status()).toBe(503)
    await world.restartCollector()
    const told = person.page.waitForResponse(
      (response) => response.ok() && /events/.test(response.url()),
    )
    // What waits to be sent is kept by the page's own host.
    await person.follow('http://www.acme.test/signup')
    // A duplicate, when the page that was left had sent it just before.
    expect(await (await told).json()).toMatchObject({
      results: [{ outcome: expect.stringMatching(/^(stored|duplicate)$/) }],
    })
    await person.signUp()
    const credit = await world.credit(await person.buy())
    expect(credit.credited?.code).toBe('JANE')
  })

  test('a signup goes through without the collector, which is told later', async () => {
    const { world, person } = scene
    await person.follow(JANES_LINK)
    await person.follow(SIGNUP)
    await world.stopCollector()
    await person.signUp()
    await person.page.goto('http://app.acme.test/credit')
    expect(await person.headline()).toBe('No answer')
    expect(await person.steps()).toContain('Signed up for an account Waiting')
    await world.startCollector()
    await person.page.locator('#headline', { hasText: "Jane's Blog gets the credit" }).waitFor()
    const credit = await world.credit(await person.customer())
    expect(credit.credited?.code).toBe('JANE')
  })
})
