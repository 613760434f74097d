import { randomUUID } from 'node:crypto'
import { parseClaimLine } from './claim-line.ts'

/** What one installation remembers. All clients, in whichever language, keep the same lines. */
export interface InstallState {
  /** Its own id. */
  install?: string
  /** The id that the product gave, from which `install` was taken. */
  native?: string
  /** The installation that it was copied from. */
  parent?: string
  /** The collector's last receipt: whoever presents an older one is a copy. */
  receipt?: string
  visitor?: string
  /** `1`: the person has been told. */
  noticed?: string
  /** A code that was typed later and is not told yet. */
  code?: string
  /** Claim lines that no collector has answered yet, the oldest first. */
  pending: string[]
}

const FIELDS = ['install', 'native', 'parent', 'receipt', 'visitor', 'noticed', 'code'] as const
const IDS: ReadonlySet<string> = new Set(['install', 'native', 'parent', 'visitor'])
const ID = /^[A-Za-z0-9._:-]{1,128}$/
/** A site that is never online keeps its first reports, and is not filled up by later ones. */
const PENDING = 8

/** Reads what was kept. What does not belong there, or was damaged, is as if it were not there. */
export function readState(text: string | undefined | null): InstallState {
  const state: InstallState = { pending: [] }
  for (const line of (text ?? '').split('\n')) {
    const [, name, value = ''] = /^([a-z]+)=([\x21-\x7e]{1,8192})\r?$/.exec(line) ?? []
    const field = FIELDS.find((one) => one === name)
    if (field !== undefined && (!IDS.has(field) || ID.test(value))) state[field] = value
    if (name === 'pending' && parseClaimLine(value).ok) state.pending.push(value)
  }
  return state
}

/** The text of a state: `name=value` lines. */
export function formatState(state: InstallState): string {
  const lines = FIELDS.flatMap((name) => (state[name] ? [`${name}=${state[name]}`] : []))
  return [...lines, ...state.pending.map((line) => `pending=${line}`), ''].join('\n')
}

/**
 * The state with an id: the one that the product gives, else the one that was kept, else a random one. Where
 * the product's own id has changed since, a copy was made and given an id of its own: the former is its parent.
 */
export function withId(state: InstallState, native: string | undefined): InstallState {
  if (native === undefined || native === state.native) {
    return state.install === undefined ? { ...state, install: native ?? randomUUID() } : state
  }
  const { receipt, parent, install, ...rest } = state
  const before = install === native ? parent : install
  const kept = install === native && receipt !== undefined ? { receipt } : {}
  return { ...rest, ...kept, install: native, native, ...(before && { parent: before }) }
}

/** The state of a copy: a new id that names the old one, and nothing that the collector gave to the old one. */
export function asCopy(state: InstallState): InstallState {
  const { receipt: _, install, ...rest } = state
  return { ...rest, install: randomUUID(), ...(install && { parent: install }) }
}

/** Adds a line, unless the same is waiting already under an earlier time. */
export function withPending(state: InstallState, line: string): InstallState {
  const same = state.pending.some((other) => withoutTime(other) === withoutTime(line))
  return same || state.pending.length >= PENDING
    ? state
    : { ...state, pending: [...state.pending, line] }
}

/** What a line says, its time and check aside. */
export function withoutTime(line: string): string {
  return line.replace(/&at=[^&]*/, '').replace(/&check=.*/, '')
}
