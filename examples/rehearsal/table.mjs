/** What was expected beside what the collector says, row by row, as it happens. */

const WIDTHS = [10, 52, 44]

/**
 * @param {object} options
 * @param {() => string} options.today a day is shown once
 * @param {(line: string) => void} [options.say] default: standard output
 */
export function openTable({ today, say = console.log }) {
  let shown = ''
  let rows = 0
  let differences = 0
  say(line(['date', 'what happens', 'expected', 'the collector says']))
  return {
    /** A line that is no row. */
    say,
    /** @param {string} what @param {string} expected @param {string} found */
    row(what, expected, found) {
      const day = today()
      const fits = expected === found
      rows += 1
      if (!fits) differences += 1
      say(line([day === shown ? '' : day, what, expected, `${fits ? '=' : '≠'} ${found}`]))
      shown = day
    },
    /** Says how it went. @returns {boolean} whether all was as expected */
    close() {
      say(`\n${rows} rows, ${differences} differ`)
      return rows > 0 && differences === 0
    },
  }
}

function line(cells) {
  return cells
    .map((cell, n) => cell.padEnd(WIDTHS[n] ?? 0))
    .join('  ')
    .trimEnd()
}
