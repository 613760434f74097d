/** What the clients of every language write, by their own table of examples, is read here. */
import { readFileSync } from 'node:fs'
import { installReport } from '@sentby/contract'
import { describe, expect, test } from 'vitest'
import { readForm } from '../../src/middleware/form.ts'
import { REPORT_FORM } from '../../src/routes/installs.ts'
import { findLines, readLine } from '../../src/services/installs/claim-line.ts'

interface Table {
  lines: (Record<string, unknown> & { title: string; line?: string | null })[]
  bodies: { title: string; body?: string | null }[]
}

const path = new URL('../../../../contrib/conformance.json', import.meta.url)
const { lines, bodies } = JSON.parse(readFileSync(path, 'utf8')) as Table

describe('claim lines of the clients', () => {
  test.each(
    lines.filter(({ line }) => typeof line === 'string').map((one) => [one.title, one] as const),
  )('%s', (_title, { title: _, line, ...fields }) => {
    const [found] = findLines(`${line}\n`)
    const given = Object.fromEntries(
      ['product', 'install', 'version', 'parent', 'at', 'claims'].map((name) => [
        name,
        fields[name],
      ]),
    )
    expect(readLine(found?.text ?? '')).toEqual({ fields: given })
  })
})

describe('forms of the clients', () => {
  test.each(
    bodies.flatMap(({ title, body }) => (typeof body === 'string' ? [[title, body] as const] : [])),
  )('%s', (_title, body) => {
    const parsed = installReport.safeParse(readForm(body, REPORT_FORM))
    expect(parsed.error?.issues ?? []).toEqual([])
  })
})
