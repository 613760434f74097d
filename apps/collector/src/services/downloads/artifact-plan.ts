/** How a published file takes a stamp, from its row. */
import { createHash } from 'node:crypto'
import { type Composition, type Plan, type Source, sha256, stamp } from '@sentby/stamp'
import type { ArtifactRow } from '@sentby/store'

/** Grows when the same plan and token would give other bytes than before. */
const STAMP_VERSION = 1

/** A token of the right form that nobody signed: to see where a stamp goes. */
const SAMPLE_TOKEN = `s1.h-----.${'-'.repeat(16)}.SAMPLE.dwn_sample.-.1.0.${'-'.repeat(43)}`

const plans = new WeakMap<ArtifactRow, Plan>()

/** The plan that was made when the file was published. */
export function planOf(artifact: ArtifactRow): Plan {
  const known = plans.get(artifact)
  if (known) return known
  const plan = JSON.parse(artifact.plan) as Plan
  plans.set(artifact, plan)
  return plan
}

/** A file as it is, as a composition. */
export function wholeOf({ size }: { size: number }): Composition {
  return { size, segments: [{ start: 0, end: size }] }
}

/** The SHA-256 of a file as it is, hex. */
export async function sha256Of(source: Source): Promise<string> {
  return Buffer.from(await sha256(wholeOf(source), source)).toString('hex')
}

/** How many bytes every stamped file of this one begins with. */
export function commonBytesOf(artifact: ArtifactRow): number {
  const [first] = stamp(planOf(artifact), SAMPLE_TOKEN).segments
  return first !== undefined && 'start' in first && first.start === 0 ? first.end : 0
}

/** The strong ETag of the canonical file. */
export function canonicalTag(artifact: ArtifactRow): string {
  return `"${artifact.sha256}"`
}

/** The strong ETag of a stamped file: the same on every collector and after every start. */
export function stampedTag(artifact: ArtifactRow, token: string): string {
  const hash = createHash('sha256').update(`${STAMP_VERSION}\n${artifact.sha256}\n${token}\n`)
  return `"${hash.update(artifact.plan).digest('base64url').slice(0, 22)}"`
}
