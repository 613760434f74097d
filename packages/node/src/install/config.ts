/** What the process was started with: the one place of this package that reads it. */
export interface Started {
  env: Environment
  /** Without the program and the script. */
  argv: readonly string[]
  /** Whether somebody can be asked. */
  isTty: boolean
}

export type Environment = Readonly<Record<string, string | undefined>>

/** The process's environment, arguments and whether it has a terminal. */
export function readStarted(): Started {
  return {
    env: process.env,
    argv: process.argv.slice(2),
    isTty: process.stdin.isTTY === true && process.stderr.isTTY === true,
  }
}

/**
 * The product's part of an environment variable's name, byte by byte: `acme-pbx` → `ACME_PBX`, and `3cx` →
 * `_3CX`, since no shell passes on a name that begins with a digit.
 */
export function environmentName(product: string): string {
  const bytes = Buffer.from(product, 'utf8').toString('latin1')
  return bytes
    .replace(/[^A-Za-z0-9]/g, '_')
    .replace(/^\d/, '_$&')
    .toUpperCase()
}
