import { availableParallelism } from 'node:os'
import { defaultClientConditions, defaultServerConditions } from 'vite'
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'

type ProjectConfig = NonNullable<TestProjectInlineConfiguration['test']>

/** One project; what it doesn't say, it has from the root below. */
function project(
  name: string,
  include: string[],
  more: ProjectConfig = {},
): TestProjectInlineConfiguration {
  return { extends: true, test: { name, include, ...more } }
}

/** Where a room's tests are: in its `test/`, or beside the sources. */
function room(folder: string): string[] {
  return [`${folder}/test/**/*.test.{ts,tsx}`, `${folder}/src/**/*.test.{ts,tsx}`]
}

const PATIENT: ProjectConfig = { testTimeout: 60_000, hookTimeout: 120_000 }
const POSTGRES: ProjectConfig = { ...PATIENT, globalSetup: './test/harness/postgres-setup.ts' }
// Whole programs and browsers: one file at a time, after everything else.
const HEAVY: ProjectConfig = { ...PATIENT, maxWorkers: 1, sequence: { groupOrder: 1 } }

const END_TO_END = ['test/e2e/**/*.test.ts', 'examples/*/test/**/*.test.ts']
const IN_CHROMIUM = ['packages/browser/test/chromium/**/*.test.ts']
const IN_HAPPY_DOM = ['packages/browser/test/unit/**/*.test.ts']

export default defineConfig({
  // Tests run on the sources: a package's `source` condition comes before its build.
  resolve: { conditions: ['source', ...defaultClientConditions] },
  ssr: { resolve: { conditions: ['source', ...defaultServerConditions] } },
  oxc: { jsx: { runtime: 'automatic', importSource: 'hono/jsx' } },
  test: {
    environment: 'node',
    testTimeout: 15_000,
    maxWorkers: Math.min(2, availableParallelism()),
    restoreMocks: true,
    projects: [
      project('architecture', ['test/*.test.ts']),
      project('contract', room('packages/contract')),
      project('domain', room('packages/domain')),
      project('node', room('packages/node')),
      project('stamp', room('packages/stamp')),
      project('browser', IN_HAPPY_DOM, { environment: 'happy-dom' }),
      project('store', room('packages/store'), POSTGRES),
      project('collector', room('apps/collector'), POSTGRES),
      project('browser-e2e', IN_CHROMIUM, HEAVY),
      project('e2e', END_TO_END, { ...POSTGRES, ...HEAVY }),
    ],
  },
})
