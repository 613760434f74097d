/** A reader who takes nothing has left: also of a file that is in memory, which is written at once. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { bufferSource } from '@sentby/stamp'
import { expect, test } from 'vitest'
import { sendFile } from '../../src/services/downloads/file-stream.ts'
import type { OpenArtifact } from '../../src/services/downloads/open-artifact.ts'

/** More than the system's own buffers take. */
const BYTES = Buffer.alloc(64 * 1024 * 1024)

const file = (bytes: Buffer | undefined): OpenArtifact => ({
  ...bufferSource(BYTES),
  bytes,
  prefix: undefined,
  readInto: async (target, start) => {
    target.set(BYTES.subarray(start, start + target.length))
  },
  close: async () => {},
})

test.each([
  ['in memory', BYTES],
  ['on the disk', undefined],
])('a reader of a file %s who stands still is let go', async (_title, bytes) => {
  const composition = { size: BYTES.length, segments: [{ start: 0, end: BYTES.length }] }
  const server = createServer((_request, response) => {
    void sendFile(response, composition, file(bytes), 300)
    response.once('close', () => server.emit('let go'))
  })
  const letGo = once(server, 'let go')
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const socket = connect(address.port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n')
  await once(socket, 'readable')
  await letGo
  expect(socket.bytesRead).toBeLessThan(BYTES.length)
  socket.destroy()
  server.close()
})
