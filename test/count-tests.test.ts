import { expect, test } from 'vitest'
import { closingLine, countTests } from '../scripts/count-tests.mjs'

const file = (status: string, ...tests: string[]) => ({
  name: 'a.test.ts',
  status,
  assertionResults: tests.map((each) => ({ status: each })),
})

test.each([
  ['every test passes', [file('passed', 'passed', 'passed')], 0, '2 passed, 0 failed'],
  ['one fails', [file('failed', 'passed', 'failed')], 1, '1 passed, 1 failed'],
  ['one is skipped', [file('passed', 'passed', 'pending')], 0, '1 passed, 0 failed, 1 skipped'],
  ['a file does not load', [file('passed', 'passed'), file('failed')], 1, '1 passed, 1 failed'],
  ['an error between the tests', [file('passed', 'passed')], 1, '1 passed, 1 failed'],
  ['no test at all', [], 0, '0 passed, 1 failed'],
  ['only empty files', [file('passed')], 0, '0 passed, 1 failed'],
])('%s', (_, testResults, exitCode, line) => {
  expect(closingLine(countTests({ testResults }, exitCode))).toBe(line)
})

test('a crash, which leaves no report, is a failure whatever the exit code', () => {
  expect(closingLine(countTests(undefined, 0))).toBe('0 passed, 1 failed')
})
