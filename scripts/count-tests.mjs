/**
 * Vitest's JSON report, as far as it is read here.
 *
 * @typedef {{ status: string, name: string, assertionResults: { status: string }[] }} FileReport
 * @typedef {{ testResults: FileReport[] }} Report
 * @typedef {{ passed: number, failed: number, skipped: number, trouble: string[] }} Count
 */

/**
 * Counts the tests of a vitest run. What broke outside of a test counts as one failure with a sentence of
 * trouble: a file that could not be loaded, errors between the tests, a crash, a run without a test.
 *
 * @param {Report | undefined} report `undefined`: vitest has left none.
 * @param {number} exitCode vitest's.
 * @returns {Count}
 */
export function countTests(report, exitCode) {
  const files = report?.testResults ?? []
  const all = files.flatMap((file) => file.assertionResults.map(({ status }) => status))
  const passed = all.filter((status) => status === 'passed').length
  const failed = all.filter((status) => status === 'failed').length
  const skipped = all.length - passed - failed
  const trouble = files
    .filter((file) => file.status === 'failed' && !file.assertionResults.some(isFailed))
    .map((file) => `${file.name} failed outside of its tests`)
  if (report && all.length === 0) trouble.push('vitest ran no test')
  if (!report) trouble.push(`vitest left no report (exit code ${exitCode})`)
  if (exitCode !== 0 && failed + trouble.length === 0) {
    trouble.push(`vitest met errors outside of the tests (exit code ${exitCode})`)
  }
  return { passed, failed: failed + trouble.length, skipped, trouble }
}

/** @param {{ status: string }} test */
function isFailed(test) {
  return test.status === 'failed'
}

/**
 * The closing line of a test run.
 *
 * @param {{ passed: number, failed: number, skipped: number }} count
 */
export function closingLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}
