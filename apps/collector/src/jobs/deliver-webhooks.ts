/** Delivers webhooks; safe on any number of collectors. */
import type { Deps } from '../deps.ts'
import { errorName } from '../services/error-name.ts'
import { Courier, type CourierDeps, type CourierOptions } from '../services/webhooks/courier.ts'
import { isPublicAddress } from '../services/webhooks/public-address.ts'
import { publicResolver, systemResolver } from '../services/webhooks/resolve-host.ts'

/** How often the outbox is looked into where nothing happens. */
const EVERY_MS = 1000
/** Attempts that end within this share the next look. */
const GATHER_MS = 20
const TIMEOUT_MS = 15_000
/** Four times as long as an attempt. */
const LEASE_MS = 60_000
const GRACE_MS = 3000

/** What tests replace: the names of the network, and how long things take. */
export type DeliverOptions = Partial<Omit<CourierOptions, 'onFree'> & { everyMs: number }>

export interface DeliveringJob {
  stop(): Promise<void>
}

/** Starts the job; `stop` gives back what is still under way after a moment. */
export function startDelivering(
  deps: CourierDeps & Pick<Deps, 'config'>,
  options: DeliverOptions = {},
): DeliveringJob {
  let running: Promise<unknown> | undefined
  let again = false
  let gathering: NodeJS.Timeout | undefined
  const run = async () => {
    do {
      again = false
      await courier.round()
    } while (again)
  }
  const wake = () => {
    again = true
    running ??= run()
      .catch((error: unknown) => {
        deps.log.warn({ error: errorName(error) }, 'webhooks wait')
      })
      .finally(() => {
        running = undefined
      })
  }
  const onFree = () => {
    gathering ??= setTimeout(() => {
      gathering = undefined
      wake()
    }, GATHER_MS).unref()
  }
  const courier = new Courier(deps, { ...courierOptions(deps.config), ...options, onFree })
  const timer = setInterval(wake, options.everyMs ?? EVERY_MS)
  timer.unref()
  return {
    async stop() {
      clearInterval(timer)
      const stopping = courier.stop()
      await running
      await stopping
      clearTimeout(gathering)
      await running
    },
  }
}

/**
 * Delivers everything that is due now, and what becomes due meanwhile.
 *
 * @returns how many attempts were made.
 */
export async function deliverDueWebhooks(
  deps: CourierDeps & Pick<Deps, 'config'>,
  options: DeliverOptions = {},
): Promise<number> {
  const courier = new Courier(deps, {
    ...courierOptions(deps.config),
    ...options,
    onFree: () => {},
  })
  return courier.deliverDue()
}

function courierOptions({
  webhookPrivate,
}: Pick<Deps['config'], 'webhookPrivate'>): Omit<CourierOptions, 'onFree'> {
  return {
    resolve: webhookPrivate ? systemResolver : publicResolver(),
    isAllowed: webhookPrivate ? () => true : isPublicAddress,
    allowsHttp: webhookPrivate,
    timeoutMs: TIMEOUT_MS,
    leaseMs: LEASE_MS,
    graceMs: GRACE_MS,
    random: Math.random,
  }
}
