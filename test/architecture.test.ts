import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readSource, readSourceFiles, type SourceFile } from './harness/source-file.ts'

/** One wall: which files it binds, what in a file breaks it, and a sample that must be found to break it. */
type Rule = {
  title: string
  files: RegExp
  except?: RegExp
  breaks: (file: SourceFile) => string[]
  bad: { path: string; text: string }
}

const root = join(import.meta.dirname, '..')
const TEST = /(^|\/)(test|bench|scripts)\/|\.test\.tsx?$/
const CONFIG = /\.config\.[cm]?[jt]s$|^vitest\.workspace\.ts$/

/** Imports other than the allowed ones; relative ones must stay inside the file's own `src`. */
function importsOnly(allowed: RegExp, allowedAsTypes: RegExp = /^$/) {
  return (file: SourceFile) =>
    file.imports
      .filter(({ path }) => path === null)
      .filter(
        ({ from, typeOnly }) => !allowed.test(from) && !(typeOnly && allowedAsTypes.test(from)),
      )
      .map(({ from }) => `imports ${from}`)
}

/** Imports of what is forbidden, by name or by the place that a relative one leads to. */
function importsNever(forbidden: RegExp, { typesToo = true } = {}) {
  return (file: SourceFile) =>
    file.imports
      .filter(({ from, path, typeOnly }) => forbidden.test(path ?? from) && (typesToo || !typeOnly))
      .map(({ from }) => `imports ${from}`)
}

function uses(forbidden: RegExp) {
  return (file: SourceFile) => file.uses.filter((use) => forbidden.test(use))
}

function leavesItsRoom(file: SourceFile): string[] {
  const home = /^(packages|apps)\/[^/]+\/src\//.exec(file.path)?.[0] ?? ''
  return file.imports
    .filter(({ path }) => path !== null && !path.startsWith(home))
    .map(({ from }) => `imports ${from}`)
}

const rules: Rule[] = [
  {
    title: 'a room is entered by its name, never by a path',
    files: /^(packages|apps)\/[^/]+\/src\//,
    except: TEST,
    breaks: leavesItsRoom,
    bad: { path: 'packages/store/src/a.ts', text: `import { b } from '../../domain/src/b.ts'` },
  },
  {
    title: 'contract imports zod and nothing else',
    files: /^packages\/contract\/src\//,
    except: TEST,
    breaks: importsOnly(/^zod(\/|$)/),
    bad: { path: 'packages/contract/src/a.ts', text: `import type { A } from '@sentby/domain'` },
  },
  {
    title: 'the code grammar that the SDKs bundle is free of zod',
    files: /^packages\/contract\/src\/code\.ts$/,
    breaks: (file) => file.imports.map(({ from }) => `imports ${from}`),
    bad: { path: 'packages/contract/src/code.ts', text: `import { z } from 'zod'` },
  },
  {
    title: 'domain imports types of contract and nothing else',
    files: /^packages\/domain\/src\//,
    except: TEST,
    breaks: importsOnly(/^$/, /^@sentby\/contract$/),
    bad: { path: 'packages/domain/src/a.ts', text: `import { A } from '@sentby/contract'` },
  },
  {
    title: 'domain has no clock and no randomness',
    files: /^packages\/domain\/src\//,
    except: TEST,
    breaks: uses(
      /^(new Date\(\)|(globalThis\.)?(Date\.now|Math\.random|performance\..*|crypto\..*))$/,
    ),
    bad: { path: 'packages/domain/src/a.ts', text: `const now = new Date()` },
  },
  {
    title: 'store knows domain and its drivers, not the wire and not HTTP',
    files: /^packages\/store\/src\//,
    except: TEST,
    breaks: importsOnly(/^(node:.*|@sentby\/domain|better-sqlite3|kysely(\/.*)?|nanoid|pg)$/),
    bad: { path: 'packages/store/src/a.ts', text: `import { A } from '@sentby/contract'` },
  },
  {
    title: 'the script imports types and the code grammar of contract only',
    files: /^packages\/browser\/src\//,
    except: TEST,
    breaks: importsOnly(/^@sentby\/contract\/code$/, /^@sentby\/contract$/),
    bad: {
      path: 'packages/browser/src/a.ts',
      text: `import { parseEvent } from '@sentby/contract'`,
    },
  },
  {
    title: 'the Node packages import Node, types and the code grammar of contract only',
    files: /^packages\/(node|stamp)\/src\//,
    except: TEST,
    breaks: importsOnly(/^(node:.*|@sentby\/contract\/code)$/, /^@sentby\/contract$/),
    bad: { path: 'packages/node/src/a.ts', text: `export * from '@sentby/contract'` },
  },
  {
    title: 'a route imports no SQL, no store and no other route',
    files: /^apps\/collector\/src\/routes\//,
    except: TEST,
    breaks: (file) => [
      ...importsNever(/^(kysely|pg|better-sqlite3)(\/|$)|^apps\/collector\/src\/routes\//)(file),
      ...importsNever(/^@sentby\/store$/, { typesToo: false })(file),
    ],
    bad: { path: 'apps/collector/src/routes/a.ts', text: `import { b } from './b.ts'` },
  },
  {
    title: 'services, adapters and jobs know neither HTTP nor pages',
    files: /^apps\/collector\/src\/(services|adapters|jobs)\//,
    except: TEST,
    breaks: importsNever(/^(@?hono)(\/|$)|^apps\/collector\/src\/(routes|pages|portal|console)\//),
    bad: { path: 'apps/collector/src/services/a.ts', text: `import { Context } from 'hono'` },
  },
  {
    title: 'pages ask services, never the database',
    files: /^apps\/collector\/src\/(pages|portal|console)\//,
    except: TEST,
    breaks: importsNever(/^(@sentby\/store|kysely|pg|better-sqlite3)(\/|$)/),
    bad: {
      path: 'apps/collector/src/portal/a.tsx',
      text: `import type { A } from '@sentby/store'`,
    },
  },
  {
    title: 'examples use published packages and HTTP',
    files: /^examples\//,
    except: TEST,
    breaks: importsNever(/^@sentby\/(contract|domain|store)(\/|$)|^(packages|apps)\//),
    bad: { path: 'examples/shop/a.ts', text: `import { A } from '../../packages/node/src/a.ts'` },
  },
  {
    title: 'the environment is read in config.ts alone',
    files: /^(packages|apps)\/[^/]+\/src\//,
    except: /(^|\/)config\.ts$|\.test\.tsx?$/,
    breaks: uses(/^(globalThis\.)?process\.env$/),
    bad: { path: 'apps/collector/src/app.ts', text: `import { env } from 'node:process'` },
  },
  {
    title: 'no source file is longer than 300 lines',
    files: /^(packages|apps)\/[^/]+\/src\//,
    except: /\.test\.tsx?$/,
    breaks: ({ lines }) => (lines > 300 ? [`has ${lines} lines`] : []),
    bad: { path: 'packages/store/src/a.ts', text: 'export {}\n'.repeat(301) },
  },
  {
    title: 'nothing is exported as default, tool configs aside',
    files: /./,
    except: CONFIG,
    breaks: ({ hasDefaultExport }) => (hasDefaultExport ? ['has a default export'] : []),
    bad: { path: 'packages/store/src/a.ts', text: 'export default function a() {}' },
  },
  {
    title: 'a file is named for what it exports',
    files: /./,
    breaks: ({ path }) => path.match(/\b(utils?|helpers?|managers?)\b/g) ?? [],
    bad: { path: 'packages/store/src/date-utils.ts', text: '' },
  },
  {
    title: 'every test runs',
    files: TEST,
    breaks: uses(
      /^(test|it|describe|suite|context|ctx|task)\b.*\.(only|skip|todo|skipIf|runIf|fails)$/,
    ),
    bad: { path: 'packages/store/test/a.test.ts', text: `test.concurrent.skip('…', () => {})` },
  },
]

function broken(rule: Rule, file: SourceFile): string[] {
  if (!rule.files.test(file.path) || rule.except?.test(file.path)) return []
  return rule.breaks(file).map((breach) => `${file.path} ${breach}`)
}

describe('the walls between the rooms', () => {
  const files = readSourceFiles(root)
  const titled = rules.map((rule) => [rule.title, rule] as const)

  test.each(titled)('%s', (_, rule) => {
    expect(files.flatMap((file) => broken(rule, file))).toEqual([])
  })

  test.each(titled)('a breach is found: %s', (_, rule) => {
    expect(broken(rule, readSource(rule.bad.path, rule.bad.text))).not.toEqual([])
  })

  test('the files of every room are looked at', () => {
    const rooms = new Set(files.map(({ path }) => path.split('/').slice(0, 2).join('/')))
    expect([...rooms]).toEqual(expect.arrayContaining(['packages/contract', 'test/harness']))
  })
})

describe('what others install', () => {
  const published = readdirSync(join(root, 'packages'))
    .map((folder) => readManifest(`packages/${folder}/package.json`))
    .filter((manifest) => manifest['private'] !== true)

  test('a published package has no run-time dependency', () => {
    const names = published.map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(['@sentby/browser', '@sentby/node']))
    const heavy = published.filter((one) => one['dependencies'] || one['peerDependencies'])
    expect(heavy.map(({ name }) => name)).toEqual([])
  })

  test('the lockfile names no registry host, so any mirror serves', () => {
    expect(readFileSync(join(root, 'pnpm-lock.yaml'), 'utf8')).not.toMatch(/https?:\/\//)
  })
})

function readManifest(path: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(root, path), 'utf8'))
}
