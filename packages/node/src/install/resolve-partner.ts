import {
  type Claim,
  type ClaimSource,
  codeOf,
  type IgnoredReason,
  MAX_CLAIMS,
  NONE,
  type Reading,
  readFileName,
  readStamp,
  readTyped,
} from './claim.ts'
import { type Environment, environmentName, readStarted } from './config.ts'
import { type PackageUrl, readConfigFile, readPackageUrl, readStampFile } from './search-files.ts'

export interface ResolveOptions {
  /** The product's id; `acme-pbx` makes the variable `ACME_PBX_PARTNER`. */
  product: string
  /** Arguments; default: the process's. */
  argv?: readonly string[] | undefined
  /** Environment; default: the process's. */
  env?: Environment | undefined
  /** Files that may hold `partner`: JSON, `.env` or ini. */
  configFiles?: readonly string[] | undefined
  /** Where the product's stamp file can be, such as `partner_ref` beside the program. */
  stampPaths?: readonly string[] | undefined
  /** Asks the person who installs; only called on a terminal, where nothing stronger was given. */
  prompt?: ((question: PromptQuestion) => Promise<string | undefined>) | undefined
  /** Whether somebody can be asked; default: standard input and error are a terminal. */
  isTty?: boolean | undefined
  /** The address that the package manager remembers. */
  packageUrl?: PackageUrl | undefined
  /** The file that was downloaded and run. */
  selfPath?: string | undefined
}

export interface PromptQuestion {
  /** The code that holds if nothing is typed. */
  suggested?: string
  /** What was wrong with the answer before. */
  problem?: 'not_a_code'
}

export interface Ignored {
  source: ClaimSource
  reason: IgnoredReason
  /** The file, where it was one. */
  path?: string
}

export interface Resolved {
  /** The strongest claim, with the code it names if it can be told offline; `null` without any. */
  chosen: (Claim & { code?: string }) | null
  /** Every claim in the order of the search; an explicit `none` is the last. */
  claims: Claim[]
  reason: 'found' | 'declined' | 'not_given'
  /** What was found and is no claim. */
  ignored: Ignored[]
}

const QUESTIONS = 3

/**
 * Finds out which partner's code this installation came with: flag, environment, configuration file,
 * answer to the prompt, stamp, address of the download, file name. All are told, the strongest is chosen.
 *
 * Never throws and never uses a network. `--no-partner`, or `none` anywhere, stops the search; what is
 * empty is not given.
 *
 * @example const { chosen, claims } = await resolvePartner({ product: 'acme-pbx', stampPaths: ['./partner_ref'] })
 */
export async function resolvePartner(options: ResolveOptions): Promise<Resolved> {
  const started = readStarted()
  const env = options.env ?? started.env
  const found = new Search()
  found.add('flag', readFlag(options.argv ?? started.argv))
  found.add('env', readTyped(env[`${environmentName(options.product)}_PARTNER`]))
  found.add('env', readTyped(env['SENTBY_PARTNER']))
  for (const path of options.configFiles ?? []) {
    found.add('config', await readConfigFile(path, options.product), path)
  }
  const below = await searchBelow(options, env)
  const mayAsk = found.claims.length === 0 && (options.isTty ?? started.isTty)
  if (mayAsk && options.prompt !== undefined) await ask(options.prompt, found, below)
  found.addAll(below)
  return found.resolved()
}

/** What nobody typed: stamps, the address of the download, the file name. */
async function searchBelow(options: ResolveOptions, env: Environment): Promise<Search> {
  const found = new Search()
  found.add('stamp', readStamp(env['SENTBY_STAMP']))
  for (const path of options.stampPaths ?? []) found.add('stamp', await readStampFile(path), path)
  if (options.packageUrl !== undefined) found.addClaim(await readPackageUrl(options.packageUrl))
  found.addClaim(readFileName(options.selfPath))
  return found
}

/** The last `--partner X` or `--partner=X` before a `--`; `--no-partner` is `none`. */
function readFlag(argv: readonly string[]): Reading {
  let found: Reading
  for (const [n, argument] of argv.entries()) {
    if (argument === '--') break
    const next = argv[n + 1] ?? ''
    if (argument === '--no-partner') found = { value: NONE }
    else if (argument.startsWith('--partner=')) found = readTyped(argument.slice(10)) ?? found
    // The next option is no code.
    else if (argument === '--partner' && !next.startsWith('-')) found = readTyped(next) ?? found
  }
  return found
}

async function ask(
  prompt: NonNullable<ResolveOptions['prompt']>,
  found: Search,
  below: Search,
): Promise<void> {
  const suggested = below.resolved().chosen?.code
  const question: PromptQuestion = suggested === undefined ? {} : { suggested }
  for (let n = 0; n < QUESTIONS; n++) {
    const answer = await asked(prompt, question)
    const isMistaken = answer !== undefined && 'ignored' in answer
    if (!isMistaken || answer.ignored === 'unreadable' || n === QUESTIONS - 1) {
      found.add('prompt', answer)
      return
    }
    question.problem = 'not_a_code'
  }
}

/** The caller's function is not ours: whatever it throws is no answer. */
async function asked(
  prompt: NonNullable<ResolveOptions['prompt']>,
  question: PromptQuestion,
): Promise<Reading> {
  try {
    return readTyped(await prompt({ ...question }))
  } catch {
    return { ignored: 'unreadable' }
  }
}

/** Claims as they are found; closed by an explicit `none`. */
class Search {
  readonly claims: Claim[] = []
  readonly #ignored: Ignored[] = []

  add(source: ClaimSource, reading: Reading, path?: string): void {
    if (reading === undefined || this.#isClosed()) return
    if ('value' in reading) this.addClaim({ source, value: reading.value })
    else this.#ignore(source, reading.ignored, path)
  }

  addClaim(claim: Claim | undefined): void {
    if (claim === undefined || this.#isClosed()) return
    if (this.claims.some(({ source, value }) => source === claim.source && value === claim.value)) {
      return
    }
    // The explicit none always finds room: it is the one claim that must not be lost.
    if (this.claims.length < MAX_CLAIMS - (claim.value === NONE ? 0 : 1)) this.claims.push(claim)
    else this.#ignore(claim.source, 'too_many')
  }

  addAll(other: Search): void {
    if (this.#isClosed()) return
    for (const claim of other.claims) this.addClaim(claim)
    this.#ignored.push(...other.#ignored)
  }

  resolved(): Resolved {
    const { claims } = this
    const [first] = claims
    const ignored = this.#ignored
    if (this.#isClosed()) return { chosen: null, claims, reason: 'declined', ignored }
    if (first === undefined) return { chosen: null, claims, reason: 'not_given', ignored }
    const code = codeOf(first)
    return { chosen: { ...first, ...(code && { code }) }, claims, reason: 'found', ignored }
  }

  #isClosed(): boolean {
    return this.claims.at(-1)?.value === NONE
  }

  #ignore(source: ClaimSource, reason: IgnoredReason, path?: string): void {
    this.#ignored.push({ source, reason, ...(path !== undefined && { path }) })
  }
}
