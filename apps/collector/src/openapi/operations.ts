/** Every route of the collector; a test compares this list with the app. */
import type { Operation } from './operation.ts'
import { configurationOperations } from './operations-configuration.ts'
import { publicOperations } from './operations-public.ts'
import { readingOperations } from './operations-reading.ts'

export const OPERATIONS: readonly Operation[] = [
  ...publicOperations,
  ...configurationOperations,
  ...readingOperations,
]
