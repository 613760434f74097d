import type { CliIo } from './io.ts'

/** A progress line on a terminal; nothing in a pipe (CONTRACT §3). */
export function progress(
  io: CliIo,
  label: string,
): { update(done: number, total?: number): void; end(): void } {
  if (!io.isTerminal) return { update: () => {}, end: () => {} }
  return {
    update(done, total) {
      const bar = total ? ` ${drawBar(done / total)}` : ''
      io.err(`\r${label}${bar} ${done}${total ? ` of ${total}` : ''} `)
    },
    end: () => io.err('\r\u001b[K'),
  }
}

function drawBar(share: number): string {
  const filled = Math.round(Math.min(1, share) * 20)
  return `[${'#'.repeat(filled)}${' '.repeat(20 - filled)}]`
}
