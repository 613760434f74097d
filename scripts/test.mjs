// npm test: set up, then lint, types and every test. Arguments go to vitest. Ends with `N passed, N failed`.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { closingLine, countTests } from './count-tests.mjs'
import { root, runCommand } from './run-command.mjs'
import { setup } from './setup.mjs'

const BIOME = '@biomejs/biome/bin/biome'
const TSC = 'typescript/bin/tsc'
const VITEST = 'vitest/vitest.mjs'

/**
 * Runs one of our tools with its output shown.
 *
 * @param {string} bin below node_modules
 * @param {string[]} args
 */
function runTool(bin, args) {
  return runCommand(process.execPath, [join(root, 'node_modules', bin), ...args], { show: true })
}

/**
 * A tool that counts as one test.
 *
 * @param {string} name
 * @param {string} bin
 * @param {string[]} args
 */
async function check(name, bin, args) {
  console.log(`\n── ${name}`)
  const { code } = await runTool(bin, args)
  const trouble = code === 0 ? [] : [`${name} ended with exit code ${code}`]
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0, trouble }
}

async function vitest() {
  console.log('\n── tests')
  const folder = mkdtempSync(join(tmpdir(), 'sentby-test-'))
  const report = join(folder, 'report.json')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const { code } = await runTool(VITEST, ['run', ...reporters, ...process.argv.slice(2)])
  const count = countTests(readReport(report), code)
  rmSync(folder, { recursive: true, force: true })
  return count
}

/** @param {string} path */
function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}

await setup(() => {
  console.log(closingLine({ passed: 0, failed: 1, skipped: 0 }))
  process.exit(1)
})
const parts = {
  lint: await check('lint', BIOME, ['check', '--error-on-warnings', '.']),
  types: await check('types', TSC, ['--build', 'tsconfig.rooms.json']),
  tests: await vitest(),
}

console.log('')
const total = { passed: 0, failed: 0, skipped: 0 }
for (const [name, part] of Object.entries(parts)) {
  console.log(`${name}: ${closingLine(part)}`)
  for (const sentence of part.trouble) console.log(`  ${sentence}`)
  total.passed += part.passed
  total.failed += part.failed
  total.skipped += part.skipped
}
console.log(closingLine(total))
process.exitCode = total.failed > 0 ? 1 : 0
