import { type ArMember, readArMembers } from './ar.ts'
import { asBuffer } from './as-buffer.ts'
import { compressionOf, findControl, withControl } from './deb-control.ts'
import { makesAgain } from './makes-again.ts'
import { plainTar } from './plain-tar.ts'
import { sliceSource } from './source.ts'
import { tarGz } from './tar-gz.ts'
import {
  type Composition,
  type Found,
  type Plan,
  type Source,
  STAMP_FILE,
  StampError,
  type Stamper,
} from './types.ts'

/**
 * A Debian package takes the stamp into its control member, a tar.gz (or tar) inside of an ar archive; the data member
 * stays as it is. A control member that is packed otherwise goes through `prepareDeb` first. dpkg keeps the stamp as
 * `/var/lib/dpkg/info/<package>.<path>`, where a postinst can read it.
 */
export const deb: Stamper = { format: 'deb', plan, splice, find }

/** Names that mean something to dpkg, or that it uses itself beside the control files (`list`). */
const RESERVED = new Set(
  (
    'control conffiles config list md5sums postinst postrm preinst prerm shlibs symbols templates ' +
    'triggers'
  ).split(' '),
)

async function plan(base: Source, asked: string | undefined): Promise<Plan> {
  const path = checkName(asked ?? STAMP_FILE)
  const control = findControl(await readArMembers(base))
  await checkPadding(base, control)
  const { contentStart, contentEnd } = control
  const stamper = innerOf(control)
  if (stamper === null) throw unprepared(control)
  const inner = await stamper.plan(sliceSource(base, contentStart, contentEnd), path)
  return {
    format: 'deb',
    baseSize: base.size,
    path,
    detail: {
      start: control.start,
      header: asBuffer(control.header).toString('base64'),
      end: control.end,
      compression: stamper === tarGz ? 'gz' : 'none',
      control: JSON.stringify(inner),
    },
  }
}

/** A control file has a plain name; dpkg would take a dot or a slash for something else. */
function checkName(path: string): string {
  if (path.length > 64 || !/^[a-z0-9][a-z0-9_-]*$/i.test(path) || RESERVED.has(path)) {
    throw new StampError('bad_path', 'a control file has a plain name, and none that dpkg uses')
  }
  return path
}

type Inner = Pick<Stamper, 'plan' | 'splice' | 'find'>

/** What stamps the control member, or `null` where it must be packed in another way first. */
function innerOf(control: ArMember): Inner | null {
  const compression = compressionOf(control)
  if (compression === 'gz') return tarGz
  return compression === 'none' ? plainTar : null
}

function unprepared(control: ArMember): StampError {
  const how = compressionOf(control)
  const fix =
    how === 'xz' || how === 'zst' ? 'prepare the package, or build it' : 'build the package'
  return new StampError(
    'unsupported',
    `the control member is compressed with ${how}; ${fix} with: dpkg-deb -Zgzip`,
  )
}

/** The byte after an odd member is a line feed: it must come back when the stamp goes. */
async function checkPadding(base: Source, control: ArMember): Promise<void> {
  const padding = await base.read(control.contentEnd, control.end)
  if (padding.length === 1 && padding[0] !== 0x0a) {
    throw new StampError('malformed', 'the control member is padded in another way')
  }
}

function splice(made: Plan, token: string): Composition {
  const { detail, baseSize } = made
  const inner: Plan = JSON.parse(String(detail['control']))
  const stamper = detail['compression'] === 'gz' ? tarGz : plainTar
  const header = Buffer.from(String(detail['header']), 'base64')
  const start = Number(detail['start'])
  const end = Number(detail['end'])
  return withControl({ start, header, end }, stamper.splice(inner, token), baseSize)
}

async function find(file: Source): Promise<Found | null> {
  const control = findControl(await readArMembers(file))
  const { contentStart, contentEnd } = control
  // Nothing of ours is in a control member that we cannot stamp.
  const stamper = innerOf(control)
  if (stamper === null) return null
  const found = await stamper.find(sliceSource(file, contentStart, contentEnd))
  if (found === null || found.path === null) return null
  const { token, path } = found
  const canonical = withControl(control, found.canonical, file.size)
  const isOurs = await makesAgain(
    file,
    canonical,
    (base) => plan(base, path),
    (again) => splice(again, token),
  )
  return isOurs ? { token, path, canonical } : null
}
