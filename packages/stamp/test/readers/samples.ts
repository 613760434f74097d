import { gunzipSync } from 'node:zlib'
import { bufferSource, prepare } from '../../src/index.ts'
import { DEB_CONTROL, makeDeb } from '../archives/deb.ts'
import { collect, makeTarGz, prepared, type TarMember } from '../archives/tar.ts'
import { makeZip } from '../archives/zip.ts'
import { stampBytes, TOKEN } from '../stamping.ts'
import { isHere, run } from './machine.ts'

/** A stamped archive, and what a reader must find in it. */
export interface Sample {
  name: string
  format: 'zip' | 'tar.gz' | 'deb'
  file: Buffer
  /** Path → content of every file, the stamp among them. */
  files: Record<string, string>
  /** Only readers of tar that know links and long names, and take a file before its folder. */
  isDemanding?: boolean
}

const noise = (length: number) =>
  Buffer.from(Array.from({ length }, (_, i) => (i * i * 7 + (i >> 3)) % 256)).toString('latin1')

const MEMBERS: TarMember[] = [
  { name: 'mod/' },
  { name: 'mod/module.xml', content: '<module>'.repeat(300) },
  { name: 'mod/views/' },
  { name: 'mod/views/page.php', content: '<?php echo 1;\n' },
  { name: 'mod/empty' },
  { name: 'mod/noise.bin', content: Buffer.from(noise(200_000), 'latin1') },
]
const LONG = `mod/${'a-long-folder-name/'.repeat(12)}`
const DEMANDING: TarMember[] = [
  ...MEMBERS,
  { name: `${LONG}file-with-a-long-name.txt`, longName: 'gnu', content: 'long' },
  { name: 'mod/hard', type: '1', target: 'mod/module.xml' },
  { name: 'mod/soft', type: '2', target: 'module.xml' },
]
const PACKAGE: TarMember[] = [
  { name: 'package/package.json', content: '{"name":"acme-tool","version":"1.0.0"}\n' },
  { name: 'package/index.js', content: 'module.exports = 42\n' },
  { name: 'package/lib/more.js', content: 'module.exports = 43\n' },
]

/** What the members are on a disk, with the stamp. */
function filesOf(members: readonly TarMember[], stampPath: string): Record<string, string> {
  const content = (name: string | undefined) =>
    Buffer.from(members.find((member) => member.name === name)?.content ?? '').toString('latin1')
  const files = members
    .filter(({ name }) => !name.endsWith('/'))
    .map(({ name, type, target }) => {
      if (type === '2') return [name, `-> ${target}`]
      return [name, content(type === '1' ? target : name)]
    })
  return { ...Object.fromEntries(files), [stampPath]: `${TOKEN}\n` }
}

/** A package whose control member xz has made, as dpkg-deb does by default; none where there is no xz. */
async function debSamples(): Promise<Sample[]> {
  if (!isHere('xz')) return []
  const control: TarMember[] = [
    { name: 'postinst', content: '#!/bin/sh\n', mode: 0o755 },
    { name: 'md5sums', content: `${'0'.repeat(32)}  opt/acme-tool\n`.repeat(5000) },
  ]
  const packed = makeDeb({
    control,
    pack: (tar) => ({ name: 'control.tar.xz', content: run(['xz', '-c'], { input: tar }).stdout }),
  })
  const base = await collect(prepare('deb', bufferSource(packed)))
  const file = await stampBytes(base)
  return [
    {
      name: 'a prepared deb',
      format: 'deb',
      file,
      files: { ...filesOf(control, 'partner_ref'), control: DEB_CONTROL },
    },
  ]
}

/** The npm package of the samples, stamped. */
export const STAMPED_PACKAGE = await stampBytes(await prepared(makeTarGz(PACKAGE)))

const zipItems = MEMBERS.map(({ name, content = '' }, i) => ({
  name,
  content,
  deflate: i % 2 === 1,
}))

export const SAMPLES: Sample[] = [
  {
    name: 'a prepared tar.gz',
    format: 'tar.gz',
    file: await stampBytes(await prepared(makeTarGz(MEMBERS))),
    files: filesOf(MEMBERS, 'mod/partner_ref'),
  },
  {
    name: 'an npm tarball',
    format: 'tar.gz',
    file: STAMPED_PACKAGE,
    files: filesOf(PACKAGE, 'package/partner_ref'),
  },
  {
    name: 'an unprepared npm tarball',
    format: 'tar.gz',
    file: await stampBytes(makeTarGz(PACKAGE)),
    files: filesOf(PACKAGE, 'package/partner_ref'),
  },
  {
    name: 'an unprepared tar.gz',
    format: 'tar.gz',
    file: await stampBytes(makeTarGz(DEMANDING, { endLength: 10_240 })),
    files: filesOf(DEMANDING, 'mod/partner_ref'),
    isDemanding: true,
  },
  {
    name: 'a prepared tar.gz with links and long names',
    format: 'tar.gz',
    file: await stampBytes(await prepared(makeTarGz(DEMANDING))),
    files: filesOf(DEMANDING, 'mod/partner_ref'),
    isDemanding: true,
  },
  {
    name: 'a zip',
    format: 'zip',
    file: await stampBytes(makeZip(zipItems), TOKEN, { name: 'mod.zip' }),
    files: filesOf(MEMBERS, 'mod/partner_ref'),
  },
  {
    name: 'a zip with a comment and data descriptors',
    format: 'zip',
    file: await stampBytes(
      makeZip(
        zipItems.map((item) => ({ ...item, descriptor: item.deflate })),
        { comment: 'Made by Acme' },
      ),
      TOKEN,
      { name: 'mod.zip' },
    ),
    files: filesOf(MEMBERS, 'mod/partner_ref'),
  },
  ...(await debSamples()),
]

/** The tar inside of a sample. */
export function tarOf({ file }: Sample): Buffer {
  return gunzipSync(file)
}
