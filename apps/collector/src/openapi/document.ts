/** The OpenAPI document, made from the schemas that also parse (CONTRACT §4). */
import { ERRORS, type ErrorCode, problemAnswer } from '@sentby/contract'
import { z } from 'zod'
import { type Operation, problemsOf } from './operation.ts'
import { OPERATIONS } from './operations.ts'

type Json = Record<string, unknown>

/** Builds the document; the same every time. */
export function buildDocument(operations: readonly Operation[] = OPERATIONS): Json {
  const paths: Record<string, Json> = {}
  for (const operation of operations) {
    const path = paths[operation.path] ?? {}
    path[operation.method.toLowerCase()] = describe(operation)
    paths[operation.path] = path
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Sentby',
      version: '1',
      description:
        'Who sent us this customer, and what do we owe them? Events come in once; credit is a pure ' +
        'function of them. Lists: `?limit=&cursor=` → `{data, next}`.',
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: { Problem: toSchema(problemAnswer, 'output') },
      securitySchemes: {
        secretKey: { type: 'http', scheme: 'bearer', description: '`sk_…`, for backends' },
        anyKey: { type: 'http', scheme: 'bearer', description: '`pk_…` or `sk_…`' },
      },
    },
  }
}

function describe(operation: Operation): Json {
  const { tag, summary, key, body, answers } = operation
  const parameters = [...pathParameters(operation), ...queryParameters(operation)]
  if (operation.makes) parameters.push(IDEMPOTENCY_KEY)
  const security =
    key === 'none' ? [] : [{ [key === 'secret' ? 'secretKey' : 'anyKey']: [] as string[] }]
  return {
    tags: [tag],
    summary,
    operationId: nameOf(operation),
    security,
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body ? { requestBody: requestBody(body) } : {}),
    // Where a page says what a problem would, the page is told.
    responses: { ...describeProblems(problemsOf(operation)), ...describeAnswers(answers) },
  }
}

const IDEMPOTENCY_KEY: Json = {
  name: 'Idempotency-Key',
  in: 'header',
  description: 'The same request under the same key is answered again without effect.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
}

function nameOf({ method, path }: Operation): string {
  const words = path.split(/[^A-Za-z0-9]+/).filter((word) => word !== '' && word !== 'v1')
  const name = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
  return method.toLowerCase() + name
}

function pathParameters({ path }: Operation): Json[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    description: 'URL-encoded.',
    schema: { type: 'string' },
  }))
}

function queryParameters({ query }: Operation): Json[] {
  if (!query) return []
  return Object.entries(query.shape).map(([name, field]) => {
    const { description, ...schema } = toSchema(field as z.ZodType, 'input')
    return { name, in: 'query', ...(description ? { description } : {}), schema }
  })
}

function requestBody({
  schema,
  types = ['application/json'],
  optional,
}: NonNullable<Operation['body']>): Json {
  const content = { schema: toSchema(schema, 'input') }
  return {
    required: optional !== true,
    content: Object.fromEntries(types.map((type) => [type, content])),
  }
}

function describeAnswers(answers: Operation['answers']): Json {
  const told = Object.entries(answers).map(([status, { description, schema, type }]) => {
    const content = schema
      ? { 'application/json': { schema: toSchema(schema, 'output') } }
      : type
        ? { [type]: { schema: { type: 'string' } } }
        : undefined
    return [status, { description, ...(content ? { content } : {}) }]
  })
  return Object.fromEntries(told)
}

/** Problems by status, each with the codes it can carry. */
function describeProblems(codes: readonly ErrorCode[]): Json {
  const byStatus = new Map<number, ErrorCode[]>()
  for (const code of codes) {
    const { status } = ERRORS[code]
    byStatus.set(status, [...(byStatus.get(status) ?? []), code])
  }
  const schema = (names: readonly ErrorCode[]) => ({
    allOf: [
      { $ref: '#/components/schemas/Problem' },
      { type: 'object', properties: { code: { enum: names } } },
    ],
  })
  return Object.fromEntries(
    [...byStatus].map(([status, names]) => [
      status,
      {
        description: names.map((name) => `\`${name}\`: ${ERRORS[name].title}`).join(' · '),
        content: { 'application/problem+json': { schema: schema(names) } },
      },
    ]),
  )
}

function toSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _draft, ...json } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return json
}
