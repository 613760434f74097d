import { isAbsolute, resolve } from 'node:path'

/** What the environment decides (CONTRACT §2). */
export interface Config {
  port: number
  host: string
  demoPort: number
  databaseUrl: string
  /** Without a trailing slash; `undefined`: the address that is served. */
  publicUrl: string | undefined
  /** Hop count, or addresses of proxies (RULES S9). */
  trustProxy: number | readonly string[]
  logLevel: string
  /** `false`: no rate limits and no budgets, for load tests. */
  limits: boolean
  testClock: boolean
  /** Sign stamps and receipts: the first signs, all verify, beside what the database keeps for each program. */
  secrets: readonly string[]
  /** `true`: webhooks may go to private addresses and over http. */
  webhookPrivate: boolean
  /** Instead of PayPal's own addresses; without a trailing slash. */
  paypalUrl: string | undefined
  /** Instead of Stripe's own address; its host, port and protocol count. */
  stripeApiUrl: string | undefined
}

/** The environment of this process; nothing else reads it. */
export function environment(): Readonly<Record<string, string | undefined>> {
  return process.env
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']

/** The environment is wrong; `problems` has a line for each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}

/**
 * Reads the environment once.
 *
 * @throws ConfigError with every problem, not the first one only.
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const problems: string[] = []
  const config: Config = {
    port: readPort(env, 'PORT', 8787, problems),
    host: env.HOST || '127.0.0.1',
    demoPort: readPort(env, 'DEMO_PORT', 8788, problems),
    databaseUrl: readDatabaseUrl(env.DATABASE_URL, problems),
    publicUrl: readPublicUrl(env.PUBLIC_URL, problems),
    trustProxy: readTrustProxy(env.TRUST_PROXY),
    logLevel: env.LOG_LEVEL || 'info',
    limits: env.RATE_LIMITS !== 'off',
    testClock: env.SENTBY_TEST_CLOCK === '1',
    secrets: readSecrets(env.SENTBY_SECRET, problems),
    webhookPrivate: env.WEBHOOK_PRIVATE === 'allow',
    paypalUrl: readProviderUrl(env, 'PAYPAL_API_URL', problems),
    stripeApiUrl: readProviderUrl(env, 'STRIPE_API_URL', problems),
  }
  if (!LOG_LEVELS.includes(config.logLevel)) {
    problems.push(`LOG_LEVEL must be one of ${LOG_LEVELS.join(', ')}`)
  }
  if (env.RATE_LIMITS !== undefined && !['', 'on', 'off'].includes(env.RATE_LIMITS)) {
    problems.push('RATE_LIMITS must be on or off')
  }
  if (env.WEBHOOK_PRIVATE !== undefined && !['', 'allow'].includes(env.WEBHOOK_PRIVATE)) {
    problems.push('WEBHOOK_PRIVATE must be allow, or absent')
  }
  if (problems.length > 0) throw new ConfigError(problems)
  return config
}

function readPort(
  env: Readonly<Record<string, string | undefined>>,
  name: string,
  fallback: number,
  problems: string[],
): number {
  const text = env[name]
  if (!text) return fallback
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > 65535) problems.push(`${name} must be a port from 0 to 65535`)
  return port
}

function readDatabaseUrl(text: string | undefined, problems: string[]): string {
  const url = text || 'file:./data/sentby.db'
  if (/^postgres(ql)?:\/\//.test(url)) return url
  if (!url.startsWith('file:') || url === 'file:') {
    problems.push('DATABASE_URL must be file:PATH or postgres://…')
    return url
  }
  const path = url.slice('file:'.length).replace(/^\/\/(?=\/)/, '')
  return path === ':memory:' || isAbsolute(path) ? `file:${path}` : `file:${resolve(path)}`
}

function readPublicUrl(text: string | undefined, problems: string[]): string | undefined {
  if (!text) return undefined
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.search || url.hash) {
    problems.push('PUBLIC_URL must be an http(s) URL without query')
    return undefined
  }
  return url.href.replace(/\/$/, '')
}

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/

/** Secrets go there, so it is https; a test's own server on this machine may be http. */
function readProviderUrl(
  env: Readonly<Record<string, string | undefined>>,
  name: string,
  problems: string[],
): string | undefined {
  const text = env[name]
  if (!text) return undefined
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isSafe =
    url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.test(url.hostname))
  if (!url || !isSafe || url.username || url.search || url.hash) {
    problems.push(`${name} must be an https URL without query; http on this machine only`)
    return undefined
  }
  return url.href.replace(/\/$/, '')
}

const SECRET_CHARACTERS = 32

/** Several, so that a secret can be replaced: old stamps stay readable by the old one. */
function readSecrets(text: string | undefined, problems: string[]): readonly string[] {
  if (!text) return []
  const secrets = text.split(',').map((secret) => secret.trim())
  if (secrets.some((secret) => secret.length < SECRET_CHARACTERS)) {
    problems.push(`SENTBY_SECRET: each secret needs ${SECRET_CHARACTERS} characters or more`)
  }
  return secrets
}

function readTrustProxy(text: string | undefined): number | readonly string[] {
  if (!text) return 0
  return /^\d+$/.test(text) ? Number(text) : text.split(',').map((entry) => entry.trim())
}
