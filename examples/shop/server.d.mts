/** What the shop needs to know; the README tells the environment variable of each. */
export interface ShopOptions {
  /** The collector, as the shop's backend reaches it. */
  endpoint: string
  /** The collector, as browsers reach it; default: `endpoint`. */
  publicEndpoint?: string | undefined
  /** The program's secret key. */
  key: string
  publishableKey: string
  /** `'required'`: nothing is stored before the visitor agrees in the shop's banner. */
  consent?: 'required' | undefined
  /** Default: 127.0.0.1. */
  host?: string | undefined
  /** Default: 8788; 0: any free one. */
  port?: number | undefined
  /** Partners' links that the credit page offers. */
  demoLinks?: readonly { label: string; url: string }[]
  /** Where lines for the operator go; default: stderr. */
  log?: (line: string) => void
}

export interface RunningShop {
  url: string
  port: number
  /** Tells what waits (3 s at most), then ends. */
  close(): Promise<void>
}

/**
 * Starts the shop.
 *
 * @throws the system's error when the port cannot be had.
 */
export function startShop(options: ShopOptions): Promise<RunningShop>
