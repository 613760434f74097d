/** The documents stay true where a machine can tell: links lead somewhere, and no word of an answer is missing. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ERRORS, WORDS } from '@sentby/contract'
import { describe, expect, test } from 'vitest'
import { readConfig } from '../apps/collector/src/config.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (path: string) => readFileSync(join(root, path), 'utf8')

const folders = (path: string) => readdirSync(join(root, path)).map((name) => `${path}/${name}`)

const DOCUMENTS = [
  ...['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md'],
  ...folders('docs').filter((path) => path.endsWith('.md')),
  ...[...folders('packages'), ...folders('apps'), ...folders('examples')].map(
    (folder) => `${folder}/README.md`,
  ),
]

/** The anchor that a heading gets where Markdown is shown. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(' ', '-')
}

function anchorsOf(text: string): Set<string> {
  const headings = text.match(/^#{1,6} .+$/gm) ?? []
  return new Set(headings.map((heading) => anchorOf(heading.replace(/^#+ /, ''))))
}

describe.each(DOCUMENTS)('%s', (path) => {
  const text = read(path)

  test('links to files and headings that are there', () => {
    const dead: string[] = []
    for (const [, target = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^(https?:|mailto:)/.test(target)) continue
      const [file = '', anchor] = target.split('#')
      const other = file === '' ? path : normalize(join(dirname(path), file))
      if (!existsSync(join(root, other))) dead.push(target)
      else if (anchor !== undefined && !anchorsOf(read(other)).has(anchor)) dead.push(target)
    }
    expect(dead).toEqual([])
  })
})

test('troubleshooting explains every word and every error of the contract', () => {
  const text = read('docs/troubleshooting.md')
  const missing = [...Object.keys(WORDS), ...Object.keys(ERRORS)].filter(
    (word) => !text.includes(`\`${word}\``),
  )
  expect(missing).toEqual([])
})

test('operations names every variable of the environment', () => {
  const asked = new Set<string>()
  const env = new Proxy<Record<string, string | undefined>>(
    {},
    {
      get(_target, name) {
        asked.add(String(name))
        return undefined
      },
    },
  )
  readConfig(env)
  const text = read('docs/operations.md')
  expect(asked.size).toBeGreaterThan(8)
  expect([...asked].filter((name) => !text.includes(`\`${name}\``))).toEqual([])
})
