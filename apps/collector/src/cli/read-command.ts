import { readStamp, readToken, verifyToken } from '@sentby/stamp'
import type { Command } from 'commander'
import { isRevokedAt } from '../services/program-config.ts'
import { Refusal } from '../services/refusal.ts'
import { stampKeys } from '../services/stamp-keys.ts'
import { type CliContext, configOf, print } from './io.ts'
import { type Offline, withProgram } from './offline.ts'
import { fileOptions, withFile } from './stamp-files.ts'

interface ReadOptions {
  path?: string
  program?: string
}

/** `read`: what the stamp of a file says. */
export function addReadCommand(root: Command, context: CliContext): void {
  root
    .command('read')
    .description('tell the stamp of a file; with --program it is verified')
    .argument('<in>')
    .option('--path <path>', 'where the stamp stands, if it was chosen')
    .option('--program <slug>')
    .action((path: string, options: ReadOptions, command: Command) =>
      readFile(context, command, path, options),
    )
}

async function readFile(
  context: CliContext,
  command: Command,
  path: string,
  options: ReadOptions,
): Promise<void> {
  await withFile(path, async (source) => {
    const found = await readStamp(source, fileOptions(path, options))
    if (!found) throw new Refusal('not_found', { detail: 'the file has no stamp' })
    const fields = readToken(found.token)
    const { program: slug } = options
    const verified =
      slug === undefined
        ? null
        : await withProgram(context, command, slug, async (offline) =>
            verify(context, command, offline, found.token),
          )
    const value = {
      format: found.format,
      stampPath: found.path,
      token: found.token,
      code: fields?.code ?? null,
      download: fields?.download ?? null,
      issuedAt: toTime(fields?.issuedSeconds),
      expiresAt: toTime(fields?.expiresSeconds),
      verified,
    }
    print(context, command, value, [
      `A stamp at ${found.path ?? 'a line of the script'} (${found.format})`,
      `  code      ${value.code ?? 'unreadable'}`,
      `  download  ${value.download ?? 'unreadable'}`,
      `  issued    ${value.issuedAt ?? 'unreadable'}`,
      `  verified  ${verified === null ? 'not asked (--program)' : describe(verified)}`,
      `  token     ${found.token}`,
    ])
  })
}

type Verified = { ok: true; product: string } | { ok: false; reason: string }

/** The token names its product by a mark, so each product of the program is tried. */
function verify(
  context: CliContext,
  command: Command,
  { program, clock }: Offline,
  token: string,
): Verified {
  const keys = stampKeys(configOf(context, command), program).ring
  const nowMs = clock.now()
  let reason = 'foreign_product'
  for (const product of program.products.keys()) {
    const verdict = verifyToken(token, { program: program.row.slug, product, keys, nowMs })
    if (verdict.ok) {
      const now = new Date(nowMs).toISOString()
      const isRevoked = isRevokedAt(program, verdict.token.download, now)
      return isRevoked ? { ok: false, reason: 'revoked' } : { ok: true, product }
    }
    if (verdict.reason !== 'foreign_product') reason = verdict.reason
  }
  return { ok: false, reason }
}

function describe(verified: Verified): string {
  return verified.ok ? `yes, for ${verified.product}` : `no: ${verified.reason}`
}

function toTime(seconds: number | null | undefined): string | null {
  return seconds === null || seconds === undefined ? null : new Date(seconds * 1000).toISOString()
}
