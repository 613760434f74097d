/** What tests of downloads share: a product with files of every format, and JANE, who recommends it. */
import { createHash } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { makeDeb } from '../../../../packages/stamp/test/archives/deb.ts'
import { makeTarGz } from '../../../../packages/stamp/test/archives/tar.ts'
import { makeWheel, WHEEL_NAME } from '../../../../packages/stamp/test/archives/wheel.ts'
import { makeZip } from '../../../../packages/stamp/test/archives/zip.ts'
import type { OpenOptions } from '../../src/open-collector.ts'
import { cacheFolderOf } from '../../src/services/downloads/cache-folder.ts'
import { call, type Told } from '../resources/programs.ts'
import { type Engine, openTestCollector, type TestCollector } from '../test-collector.ts'

/** Bytes that do not compress, the same in every run. */
export function noise(length: number, seed = 'seed'): Buffer {
  const parts: Buffer[] = []
  for (let n = 0; n * 32 < length; n++) {
    parts.push(createHash('sha256').update(`${seed} ${n}`).digest())
  }
  return Buffer.concat(parts).subarray(0, length)
}

export const SCRIPT = '#!/bin/sh\nset -eu\nSENTBY_STAMP=\'\'\necho "stamp: $SENTBY_STAMP"\n'

/** A file of every format, by the name it is published under. */
export const FILES: Readonly<Record<string, Buffer>> = {
  'app-1.0.zip': makeZip([
    { name: 'app/' },
    { name: 'app/main.bin', content: noise(2000) },
    { name: 'app/read.me', content: 'Hello, hello, hello.\n', deflate: true },
  ]),
  'app-1.0.tar.gz': makeTarGz([
    { name: 'app/' },
    { name: 'app/main.bin', content: noise(2000) },
    { name: 'app/read.me', content: 'Hello.\n' },
  ]),
  [WHEEL_NAME]: makeWheel(),
  'acme-tool_1.0_all.deb': makeDeb(),
  'install.sh': Buffer.from(SCRIPT),
}

export interface Rig extends TestCollector {
  /** JANE's partner. */
  jane: string
  publish(file: string, bytes: Uint8Array, more?: { version?: string; product?: string }): Published
  /** The address that the page's form leads to; `/f/…` without a code. */
  begin(
    file: string,
    code?: string,
    more?: { product?: string; headers?: Record<string, string> },
  ): Promise<string>
}

type Published = Promise<Told>

/** Opens a collector with the product `app`, and the partner JANE; nothing is published yet. */
export async function openRig(engine: Engine, options: Partial<OpenOptions> = {}): Promise<Rig> {
  const collector = await openTestCollector(engine, options)
  const jane = await call(collector, 'POST', '/v1/partners', {
    email: 'jane@example.com',
    name: 'Jane Doe',
    code: 'JANE',
  })
  await call(collector, 'POST', '/v1/products', { product: 'app', name: 'The App' })
  return {
    ...collector,
    jane: jane.body.id,
    async publish(file, bytes, { version, product = 'app' } = {}) {
      const query = new URLSearchParams({ file, ...(version === undefined ? {} : { version }) })
      const response = await collector.app.request(`/v1/products/${product}/artifacts?${query}`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${collector.program.secretKey}`,
          'content-type': 'application/octet-stream',
        },
        body: new Uint8Array(bytes),
      })
      return { status: response.status, body: await response.json() }
    },
    async begin(file, code = 'JANE', { product = 'app', headers } = {}) {
      const response = await submit(collector, `/d/${product}`, { code, file }, headers)
      if (response.status !== 303) throw new Error(`the form answered ${response.status}`)
      return response.headers.get('location') ?? ''
    },
    async closeAll() {
      await collector.closeAll()
      await rm(cacheFolderOf(collector.databaseUrl), { recursive: true, force: true })
    },
  }
}

/** Sends a form as a browser does without JavaScript. */
export async function submit(
  collector: Pick<TestCollector, 'app'>,
  path: string,
  fields: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Response> {
  return collector.app.request(path, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams(fields).toString(),
  })
}

export function sha256(bytes: Uint8Array, encoding: 'hex' | 'base64' = 'hex'): string {
  return createHash('sha256').update(bytes).digest(encoding)
}

/** The body of an answer. */
export async function bytesOf(response: Response): Promise<Buffer> {
  return Buffer.from(await response.arrayBuffer())
}
