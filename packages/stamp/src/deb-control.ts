import { type ArMember, withSize } from './ar.ts'
import { compose, shifted } from './composition.ts'
import { type Composition, StampError } from './types.ts'

/** Largest control member that is read or unpacked to, bytes: they are a few KiB, with long md5sums a few MiB. */
export const MAX_CONTROL = 16 * 1024 * 1024

/**
 * The control member of a Debian package (deb(5)): the first of its two archives.
 *
 * @throws StampError `malformed`, `unsupported` where the package is signed as a whole, `too_large`.
 */
export function findControl(members: readonly ArMember[]): ArMember {
  const [first] = members
  if (first?.name !== 'debian-binary') {
    throw new StampError('malformed', 'a Debian package begins with debian-binary')
  }
  if (members.some((member) => member.name.startsWith('_gpg'))) {
    throw new StampError('unsupported', 'the package is signed as a whole')
  }
  const controls = members.filter((member) => member.name.startsWith('control.tar'))
  const [control, another] = controls
  const data = members.filter((member) => member.name.startsWith('data.tar'))
  if (control === undefined || another !== undefined || data.length !== 1) {
    throw new StampError('malformed', 'a Debian package has one control and one data member')
  }
  if (control.start > (data[0]?.start ?? 0)) {
    throw new StampError('malformed', 'the control member comes after the data')
  }
  if (control.contentEnd - control.contentStart > MAX_CONTROL) {
    throw new StampError('too_large', 'the control member is larger than 16 MiB')
  }
  return control
}

/** How the control member is packed, by its name: `gz`, `xz`, `zst`, …; `none` where it is a tar as it is. */
export function compressionOf({ name }: ArMember): string {
  if (name === 'control.tar') return 'none'
  return /^control\.tar\.([a-z0-9]+)$/.exec(name)?.[1] ?? 'something else'
}

/** Where the control member's header and padding stand. */
export type ControlPlace = Pick<ArMember, 'start' | 'header' | 'end'>

/** The package with another content of its control member; ranges of `content` are of the old one. */
export function withControl(
  control: ControlPlace,
  content: Composition,
  fileSize: number,
): Composition {
  const { start, header, end } = control
  return compose([
    { start: 0, end: start },
    { bytes: withSize(header, content.size) },
    ...shifted(content, start + header.length).segments,
    { bytes: content.size % 2 === 1 ? Uint8Array.of(0x0a) : new Uint8Array(0) },
    { start: end, end: fileSize },
  ])
}
