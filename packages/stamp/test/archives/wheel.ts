import { createHash } from 'node:crypto'
import { makeZip } from './zip.ts'

/** The folder of {@link makeWheel}'s metadata. */
export const DIST_INFO = 'acme_tool-1.0.dist-info'

/** The file name that pip needs for {@link makeWheel}. */
export const WHEEL_NAME = 'acme_tool-1.0-py3-none-any.whl'

/** A wheel of one module that pip installs: every file listed in RECORD with its hash (PEP 427). */
export function makeWheel(): Buffer {
  const files = [
    { name: 'acme_tool/__init__.py', content: 'ANSWER = 42\n' },
    {
      name: `${DIST_INFO}/METADATA`,
      content: 'Metadata-Version: 2.1\nName: acme-tool\nVersion: 1.0\n',
    },
    {
      name: `${DIST_INFO}/WHEEL`,
      content: 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    },
  ]
  const lines = files.map(({ name, content }) => {
    const hash = createHash('sha256').update(content).digest('base64url')
    return `${name},sha256=${hash},${content.length}\n`
  })
  const record = {
    name: `${DIST_INFO}/RECORD`,
    content: `${lines.join('')}${DIST_INFO}/RECORD,,\n`,
  }
  return makeZip([...files, record].map((file) => ({ ...file, deflate: true })))
}
