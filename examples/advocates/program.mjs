/** Set up once: the calendar, a group with its terms, and an advocate who is a customer herself. */

/**
 * @param {(method: string, path: string, body?: object) => Promise<any>} ask
 * @param {object} terms as `terms.json` has them
 * @returns the advocate, with her code and link
 */
export async function setUp(ask, terms) {
  await ask('PATCH', '/v1/program', {
    site: 'https://www.cloud.example/',
    sites: ['https://www.cloud.example'],
    // What is decided in a month partners see from the 13th of the next.
    publishDay: 13,
  })
  await ask('POST', '/v1/groups', { slug: 'advocates', name: 'Customers who refer others' })
  await ask('PUT', '/v1/groups/advocates/terms', terms)
  return ask('POST', '/v1/partners', {
    group: 'advocates',
    name: 'Ada',
    email: 'ada@customer.example',
    code: 'ADA',
    // Her own account: the credit goes there, and referring it earns nothing.
    customer: 'ada',
  })
}
