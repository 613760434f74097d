import { readCode } from '@sentby/contract'
import { isToken, planFile, type Source, stamp, unstamp } from '@sentby/stamp'
import { insertDownload, newId } from '@sentby/store'
import type { Command } from 'commander'
import { productOf } from '../services/configuration/products.ts'
import { sha256Of } from '../services/downloads/artifact-plan.ts'
import { tokenOf } from '../services/downloads/begin-download.ts'
import { artifactsOf } from '../services/downloads/product-files.ts'
import { activePartner } from '../services/reading/code-question.ts'
import { Refusal } from '../services/refusal.ts'
import { type CliContext, configOf, print, WrongUse } from './io.ts'
import { type Offline, withProgram } from './offline.ts'
import { fileOptions, withFile, write } from './stamp-files.ts'

interface StampOptions {
  output: string
  path?: string
  token?: string
  program?: string
  product?: string
  code?: string
}

/** `stamp`, `unstamp`: the same as a download does, on a file that is here. */
export function addStampCommands(root: Command, context: CliContext): void {
  root
    .command('stamp')
    .description('put a stamp into a file; one that is there is replaced')
    .argument('<in>')
    .requiredOption('-o, --output <out>')
    .option('--path <path>', 'where the stamp stands; {top} is the top folder')
    .option('--token <token>', 'a token that was made before')
    .option('--program <slug>', 'with --code and --product: a new token')
    .option('--product <name>')
    .option('--code <code>')
    .action((path: string, options: StampOptions, command: Command) =>
      stampFile(context, command, path, options),
    )
  root
    .command('unstamp')
    .description('take the stamp out: the canonical file, byte for byte')
    .argument('<in>')
    .requiredOption('-o, --output <out>')
    .option('--path <path>', 'where the stamp stands, if it was chosen')
    .action((path: string, options: StampOptions, command: Command) =>
      unstampFile(context, command, path, options),
    )
}

async function stampFile(
  context: CliContext,
  command: Command,
  path: string,
  options: StampOptions,
): Promise<void> {
  const { token, program } = options
  if ((token === undefined) === (program === undefined)) {
    throw new WrongUse('give --token, or --program with --product and --code')
  }
  if (token !== undefined && !isToken(token)) throw new WrongUse('--token: this is no token')
  await withFile(path, async (source) => {
    const planned = await planFile(source, fileOptions(path, options))
    const text =
      token ??
      (await withProgram(context, command, program ?? '', async (offline) =>
        makeToken(context, command, offline, options, planned.base),
      ))
    const sha256 = await write(path, options.output, stamp(planned.plan, text), planned.base)
    const { format, path: stampPath } = planned.plan
    const value = { file: options.output, format, stampPath, token: text, sha256 }
    print(context, command, value, [
      `Stamped ${options.output} (${format})`,
      `  stamp    ${stampPath ?? 'in a line of the script'}`,
      `  SHA-256  ${sha256}`,
    ])
  })
}

/** A token that the vendor makes is a download like any other: it can be listed and revoked. */
async function makeToken(
  context: CliContext,
  command: Command,
  offline: Offline,
  options: StampOptions,
  base: Source,
): Promise<string> {
  const { program, store, clock } = offline
  const code = readCode(options.code ?? '')
  if (options.product === undefined || code === null) {
    throw new WrongUse('--program needs --product and --code, which is 2–32 letters and digits')
  }
  const product = productOf(program, options.product)
  const nowMs = clock.now()
  const now = new Date(nowMs).toISOString()
  if (!activePartner(program, code, now)) {
    throw new Refusal('not_found', { detail: 'no active partner has this code' })
  }
  const canonical = await sha256Of(base)
  const artifact = artifactsOf(program, product.id).findLast((row) => row.sha256 === canonical)
  const id = newId('download', nowMs)
  const config = configOf(context, command)
  const token = tokenOf(
    { config },
    { program, product, code, artifact: { sha256: canonical } },
    id,
    nowMs,
  )
  await store.transaction((tx) =>
    insertDownload(tx.db, {
      program_id: program.row.id,
      id,
      product_id: product.id,
      artifact_id: artifact?.id ?? '',
      code,
      source: 'vendor',
      visitor: null,
      at: now,
    }),
  )
  return token
}

async function unstampFile(
  context: CliContext,
  command: Command,
  path: string,
  options: StampOptions,
): Promise<void> {
  await withFile(path, async (source) => {
    const canonical = await unstamp(source, fileOptions(path, options))
    const sha256 = await write(path, options.output, canonical, source)
    print(context, command, { file: options.output, sha256 }, [
      `Unstamped ${options.output}`,
      `  SHA-256  ${sha256}`,
    ])
  })
}
