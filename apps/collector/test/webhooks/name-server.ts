/** A name server on the loopback whose answer to the same question changes every time (DNS rebinding). */
import { createSocket } from 'node:dgram'

export interface NameServer {
  /** `127.0.0.1:port`. */
  address: string
  /** How often an IPv4 address was asked for. */
  asked: () => number
  close(): Promise<void>
}

const HEADER_BYTES = 12
const TYPE_A = 1

/** Gives one IPv4 address a question, in this order, then none; never an IPv6 address. */
export async function startNameServer(answers: readonly string[]): Promise<NameServer> {
  let asked = 0
  const socket = createSocket('udp4')
  socket.on('message', (query, { port, address }) => {
    const isIPv4 = query.readUInt16BE(endOfName(query)) === TYPE_A
    const answer = isIPv4 ? answers[asked++] : undefined
    socket.send(reply(query, answer), port, address)
  })
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  return {
    address: `127.0.0.1:${socket.address().port}`,
    asked: () => asked,
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  }
}

function endOfName(query: Buffer): number {
  let at = HEADER_BYTES
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) at += length + 1
  return at + 1
}

/** RFC 1035 §4.1: the question again, and one record with no time to live. */
function reply(query: Buffer, answer: string | undefined): Buffer {
  const question = query.subarray(HEADER_BYTES, endOfName(query) + 4)
  const header = Buffer.alloc(HEADER_BYTES)
  query.copy(header, 0, 0, 2)
  header.writeUInt16BE(0x8180, 2)
  header.writeUInt16BE(1, 4)
  header.writeUInt16BE(answer === undefined ? 0 : 1, 6)
  if (answer === undefined) return Buffer.concat([header, question])
  const bytes = Buffer.from(answer.split('.').map(Number))
  const record = Buffer.from([0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4])
  return Buffer.concat([header, question, record, bytes])
}
