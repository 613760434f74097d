import type { Store } from '@sentby/store'
import type { Logger } from 'pino'
import type { Config } from './config.ts'
import type { Metrics } from './metrics.ts'
import type { Clicks } from './services/clicks.ts'
import type { Clock, TestClock } from './services/clock.ts'
import type { Directory } from './services/directory.ts'
import type { Committer } from './services/ingest/committer.ts'
import type { Intake } from './services/ingest/intake.ts'
import type { Limits } from './services/limits.ts'
import type { Providers } from './services/payouts/providers.ts'

/** Everything a route or a service needs, made once in `open-collector.ts` and passed down. */
export interface Deps {
  config: Config
  store: Store
  directory: Directory
  committer: Committer
  intake: Intake
  clicks: Clicks
  clock: Clock
  /** Present with SENTBY_TEST_CLOCK=1 only. */
  testClock: TestClock | undefined
  limits: Limits
  providers: Providers
  metrics: Metrics
  log: Logger
  /** Where the collector is reached, without a trailing slash; known once it listens. */
  publicUrl: () => string
  health: { isStuck(): boolean }
  /** `true` from SIGTERM on: readiness says 503, new facts are refused. */
  isDraining: () => boolean
}
