/** From what an installation says about itself to events, under ids that follow from their content. */
import { createHash } from 'node:crypto'
import type { SentbyEventInput } from '@sentby/contract/events'
import type { ClaimSource } from '@sentby/domain'
import { withoutPersonal } from '../ingest/claims.ts'

/** What a report or a claim line says. */
export interface InstallFields {
  product: string
  install: string
  version?: string | undefined
  /** Each `<source>:<value>`; one with an empty value was not given. */
  claims: readonly string[]
  visitor?: string | undefined
  ephemeral?: boolean | undefined
  at?: string | undefined
  parent?: string | undefined
}

/** The event of a report. Its id follows from all but the time: a retry is the same event, an upgrade another. */
export function installEventOf(fields: InstallFields): SentbyEventInput {
  const { product, install, version, visitor, ephemeral, at, parent } = fields
  const claims = fields.claims.flatMap(readClaimText)
  const identity = {
    product,
    install,
    version: version ?? null,
    claims: claims.map(withoutPersonal).map(({ source, value }) => [source, value]),
    visitor: visitor ?? null,
    ephemeral: ephemeral === true,
    parent: parent ?? null,
  }
  return {
    id: `install:${hashOf(JSON.stringify(identity))}`,
    type: 'install',
    install,
    product,
    ...(version === undefined ? {} : { version }),
    ...(claims.length === 0 ? {} : { claims }),
    ...(visitor === undefined ? {} : { visitor }),
    ...(ephemeral === true ? { ephemeral } : {}),
    ...(at === undefined ? {} : { at }),
    ...(parent === undefined ? {} : { parent }),
  }
}

/** The event of a code that was entered later; the same code again is the same event. */
export function claimEventOf(install: string, code: string): SentbyEventInput {
  return { id: `claim:${hashOf(JSON.stringify([install, code]))}`, type: 'code', install, code }
}

function readClaimText(text: string): { source: ClaimSource; value: string }[] {
  const colon = text.indexOf(':')
  const value = text.slice(colon + 1)
  // The contract's schema has looked at the source.
  return value.trim() === '' ? [] : [{ source: text.slice(0, colon) as ClaimSource, value }]
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}
