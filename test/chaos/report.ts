/** One line of figures a harness, so that a passing run tells what it measured. */
export function report(harness: string, figures: Record<string, unknown>): void {
  const text = Object.entries(figures).map(([name, value]) => `${name} ${String(value)}`)
  process.stdout.write(`  ${harness}: ${text.join(' · ')}\n`)
}

/** The value below which `share` of the sorted values lie. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}
