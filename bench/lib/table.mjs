/**
 * @typedef {object} Row
 * @property {string} what
 * @property {string} ours
 * @property {string} [baseline] what was measured beside it, with its name.
 * @property {number} [ratio]
 * @property {number} [low] the lowest ratio of a pair of rounds.
 * @property {number} [high]
 * @property {number} [cpu] the ratio of what a second of CPU gives; what others run on the machine does not
 *   touch it, but it knows no waiting for the disk.
 * @property {number} [cpuLow] the lowest of a pair of rounds; shown where the goal is about it.
 * @property {number} [cpuHigh]
 * @property {string} [goal] of DESIGN.md, in words.
 * @property {boolean} [pass] absent where there is no goal.
 * @property {Record<string, unknown>} [figures] the same in numbers, for `--json`.
 */

const COLUMNS = [
  'what',
  'sentby',
  'baseline',
  'ratio (lowest–highest)',
  'by CPU',
  'goal',
  'verdict',
]

/** @param {readonly Row[]} rows */
export function renderTable(rows) {
  const cells = [COLUMNS, ...rows.map(toCells)]
  const widths = COLUMNS.map((_, column) =>
    Math.max(...cells.map((row) => (row[column] ?? '').length)),
  )
  const lines = cells.map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  lines.splice(1, 0, widths.map((width) => '─'.repeat(width)).join('  '))
  return lines.join('\n')
}

/** @param {Row} row */
function toCells(row) {
  return [
    row.what,
    row.ours,
    row.baseline ?? '',
    withSpread(row.ratio, row.low, row.high),
    withSpread(row.cpu, row.cpuLow, row.cpuHigh),
    row.goal ?? '',
    row.pass === undefined ? '' : row.pass ? 'pass' : 'MISS',
  ]
}

/**
 * @param {number | undefined} ratio
 * @param {number | undefined} low
 * @param {number | undefined} high
 */
function withSpread(ratio, low, high) {
  if (ratio === undefined) return ''
  const spread = low === undefined || high === undefined ? '' : ` (${times(low)}–${times(high)})`
  return `${times(ratio)} ×${spread}`
}

/** @param {number} ratio */
const times = (ratio) => ratio.toFixed(2)

/** @param {number} value */
export const whole = (value) => Math.round(value).toLocaleString('en-US')

/** @param {number} value milliseconds. */
export const ms = (value) => `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`
