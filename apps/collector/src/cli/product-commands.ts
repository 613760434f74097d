import { basename, resolve } from 'node:path'
import {
  type ArtifactAnswer,
  artifactQuery,
  type ProductAnswer,
  productInput,
} from '@sentby/contract'
import type { Command } from 'commander'
import { listProducts, makeProduct } from '../services/configuration/products.ts'
import { cacheFolderOf, withWorkFolder } from '../services/downloads/cache-folder.ts'
import { publish } from '../services/downloads/publish.ts'
import { everyRow } from './every-row.ts'
import { type CliContext, configOf, print, WrongUse } from './io.ts'
import { withProgram } from './offline.ts'
import { progress } from './progress.ts'
import { readFlags } from './read-flags.ts'

interface ProductOptions {
  program: string
  product: string
  name?: string
  stampPath?: string
  stampDays?: string
}

interface PublishOptions {
  program: string
  product: string
  version?: string
  file?: string
}

/** `product add|list`, `publish`. */
export function addProductCommands(root: Command, context: CliContext): void {
  const product = root.command('product').description('what can be downloaded and installed')
  product
    .command('add')
    .requiredOption('--program <slug>')
    .requiredOption('--product <name>', 'short name in URLs')
    .option('--name <name>', 'name that people read')
    .option('--stamp-path <path>', 'where the stamp stands in archives; {top} is the top folder')
    .option('--stamp-days <n>', 'how long a stamp counts; absent: for ever')
    .action((options: ProductOptions, command: Command) => add(context, command, options))
  product
    .command('list')
    .requiredOption('--program <slug>')
    .action((options: { program: string }, command: Command) => list(context, command, options))
  root
    .command('publish')
    .description('publish a file for download: it is prepared, and tested on itself')
    .argument('<file>')
    .requiredOption('--program <slug>')
    .requiredOption('--product <name>')
    .option('--version <version>')
    .option('--file <name>', 'the name it is downloaded under; absent: its own')
    .action((path: string, options: PublishOptions, command: Command) =>
      publishFile(context, command, path, options),
    )
}

async function add(context: CliContext, command: Command, options: ProductOptions): Promise<void> {
  const { program: slug, stampDays, ...fields } = options
  const days = stampDays === undefined ? {} : { stampDays: Number(stampDays) }
  const input = readFlags(productInput, { ...fields, ...days })
  await withProgram(context, command, slug, async (offline) => {
    const { body } = await makeProduct(offline, offline.program.row.id, input)
    print(context, command, body, describe(body))
  })
}

async function list(
  context: CliContext,
  command: Command,
  options: { program: string },
): Promise<void> {
  await withProgram(context, command, options.program, async (offline) => {
    const products = await everyRow((page) => listProducts(offline, offline.program.row.id, page))
    print(context, command, { products }, products.flatMap(describe))
  })
}

function describe({ product, name, files, page, stampPath }: ProductAnswer): string[] {
  return [
    `Product ${product}: ${name}, ${files} ${files === 1 ? 'file' : 'files'}`,
    `  page        ${page}`,
    ...(stampPath === null ? [] : [`  stamp path  ${stampPath}`]),
  ]
}

async function publishFile(
  context: CliContext,
  command: Command,
  path: string,
  options: PublishOptions,
): Promise<void> {
  const { program: slug, product, version, file = basename(path) } = options
  const query = readFlags(artifactQuery, { file, version })
  const { databaseUrl } = configOf(context, command)
  await withProgram(context, command, slug, (offline) =>
    withWorkFolder(cacheFolderOf(databaseUrl), async (workFolder) => {
      const bar = progress(context.io, `Publishing ${file}`)
      try {
        const onProgress = (step: 'test' | 'store', done: number, total: number) => {
          if (step === 'store') bar.update(done, total)
          else bar.update(done)
        }
        const input = { ...query, path: resolve(path), workFolder, onProgress }
        const { body } = await publish(offline, offline.program.row.id, product, input)
        bar.end()
        print(context, command, body, describeFile(body))
      } catch (error) {
        bar.end()
        const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
        throw isMissing ? new WrongUse(`there is no file ${path}`) : error
      }
    }),
  )
}

function describeFile(artifact: ArtifactAnswer): string[] {
  const { file, format, size, stampPath, sha256, publishedSha256, page, url } = artifact
  const isPrepared = sha256 !== publishedSha256
  return [
    `Published ${file}: ${format}, ${size} bytes`,
    `  stamp      ${stampPath ?? 'in a line of the script'}`,
    `  page       ${page}`,
    `  unstamped  ${url}`,
    `  SHA-256    ${sha256}`,
    `  as sent    ${publishedSha256}${isPrepared ? ' (prepared: compressed once more)' : ''}`,
  ]
}
