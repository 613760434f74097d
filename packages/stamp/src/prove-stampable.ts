import { composedSource, wholeOf } from './composition.ts'
import { sha256 } from './digest.ts'
import { type FileOptions, planFile, readStamp, stamp } from './stamp-file.ts'
import { MAX_TOKEN_LENGTH, type Plan, type Source, StampError } from './types.ts'

/** What {@link proveStampable} worked out. */
export interface Proof {
  plan: Plan
  /** SHA-256 of the base, 32 bytes. */
  sha256: Uint8Array
}

/** The longest token and a short one: neither verifies anywhere. */
const SAMPLES = [`s1.sample.${'x'.repeat(MAX_TOKEN_LENGTH - 10)}`, 's1.sample.y'] as const

/**
 * Plans a file and tests the plan on the file itself before anybody downloads it: stamped, read, stamped again with
 * another token and unstamped, it must be the same file byte for byte. Reads the file three times; for a tar.gz or
 * deb give the prepared base.
 *
 * @throws StampError as {@link planFile}; `path_taken` when it is stamped already; `unsupported` when the test fails.
 */
export async function proveStampable(base: Source, options: FileOptions = {}): Promise<Proof> {
  const planned = await planFile(base, options)
  if (planned.base !== base) throw new StampError('path_taken', 'the file is stamped already')
  const { plan } = planned
  const known = { ...options, format: plan.format }
  const digest = Buffer.from(await sha256(wholeOf(base), base))
  let file = base
  for (const token of SAMPLES) {
    const again = await planFile(file, known)
    file = composedSource(stamp(again.plan, token), again.base)
    const found = await readStamp(file, known)
    if (found?.token !== token || found.path !== plan.path) throw failed('its stamp is not found')
    if (!digest.equals(await sha256(found.canonical, file))) throw failed('unstamped, it differs')
  }
  return { plan, sha256: new Uint8Array(digest) }
}

function failed(why: string): StampError {
  return new StampError('unsupported', `the file cannot be stamped safely: ${why}`)
}
