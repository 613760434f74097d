/** A tar.gz as FreePBX takes it: ustar, one folder at the top, no owner and no time. */
import { gzipSync } from 'node:zlib'

const BLOCK = 512

/**
 * @param {{ path: string, content: Buffer }[]} files folders are made of their paths
 * @returns {Buffer}
 */
export function packTarGz(files) {
  const folders = new Set(files.flatMap(({ path }) => foldersOf(path)))
  const blocks = [...folders].sort().map((path) => header(path, 0, '5', 0o755))
  for (const { path, content } of files) {
    blocks.push(header(path, content.length, '0', 0o644), padded(content))
  }
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]), { level: 9 })
}

/** `a/b/c.txt` is in `a/` and `a/b/`. */
function foldersOf(path) {
  const parts = path.split('/').slice(0, -1)
  return parts.map((_, n) => `${parts.slice(0, n + 1).join('/')}/`)
}

function header(path, size, type, mode) {
  if (Buffer.byteLength(path) > 100) throw new Error(`too long for a plain header: ${path}`)
  const block = Buffer.alloc(BLOCK)
  const octal = (value, at, length) =>
    block.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at)
  block.write(path, 0)
  octal(mode, 100, 8)
  octal(0, 108, 8)
  octal(0, 116, 8)
  octal(size, 124, 12)
  octal(0, 136, 12)
  block.write('        ', 148)
  block.write(type, 156)
  block.write('ustar\x0000', 257)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return block
}

function padded(content) {
  const rest = content.length % BLOCK
  return rest === 0 ? content : Buffer.concat([content, Buffer.alloc(BLOCK - rest)])
}
