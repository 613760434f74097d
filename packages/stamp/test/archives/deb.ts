import { gzipSync } from 'node:zlib'
import { makeTar, type TarMember } from './tar.ts'

/** One member of an ar archive to be made. */
export interface ArItem {
  name: string
  content: Uint8Array
}

/** An ar archive as dpkg-deb writes it. */
export function makeAr(items: readonly ArItem[]): Buffer {
  const parts = items.map(({ name, content }) => {
    const fields = [name.padEnd(16), '1763769600'.padEnd(12), '0'.padEnd(6), '0'.padEnd(6)]
    const size = String(content.length).padEnd(10)
    const header = `${fields.join('')}${'100644'.padEnd(8)}${size}\`\n`
    const padding = content.length % 2 === 1 ? '\n' : ''
    return Buffer.concat([Buffer.from(header), content, Buffer.from(padding)])
  })
  return Buffer.concat([Buffer.from('!<arch>\n'), ...parts])
}

/** What {@link makeDeb} is told to do otherwise. */
export interface DebShape {
  /** More control files. */
  control?: readonly TarMember[]
  /** The compressed control member and its name. */
  controlMember?: ArItem
  /** Makes that member of the control tar; absent: gzip does. */
  pack?: (control: Buffer) => ArItem
  /** Members after the data. */
  more?: readonly ArItem[]
}

/** What `acme-tool` says of itself. */
export const DEB_CONTROL = `Package: acme-tool
Version: 1.0
Architecture: all
Maintainer: Acme <packages@acme.test>
Description: a tool
`

/** A Debian package `acme-tool` of one file, which dpkg installs. */
export function makeDeb(shape: DebShape = {}): Buffer {
  const control = makeTar([
    { name: './' },
    { name: './control', content: DEB_CONTROL },
    ...(shape.control ?? []),
  ])
  const data = makeTar([
    { name: './' },
    { name: './opt/' },
    { name: './opt/acme-tool', content: 'tool\n' },
  ])
  return makeAr([
    { name: 'debian-binary', content: Buffer.from('2.0\n') },
    shape.controlMember ?? (shape.pack ?? gzipped)(control),
    { name: 'data.tar.gz', content: gzipSync(data) },
    ...(shape.more ?? []),
  ])
}

function gzipped(control: Buffer): ArItem {
  return { name: 'control.tar.gz', content: gzipSync(control) }
}
