import type { Kysely } from 'kysely'
import * as main from './2026-11-22-main.ts'

/** One step of the schema: frozen in time, named by its date. */
export interface SchemaStep {
  up(db: Kysely<unknown>, postgres: boolean): Promise<void>
}

/** Every step, in order; a name once released never changes. */
export const STEPS: Readonly<Record<string, SchemaStep>> = {
  '2026-11-22-main': main,
}
