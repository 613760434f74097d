import { deb } from './deb.ts'
import { makeself } from './makeself.ts'
import { shell } from './shell.ts'
import { tarGz } from './tar-gz.ts'
import type { Format, Stamper } from './types.ts'
import { wheel, zip } from './zip.ts'

/** What stamps each format. */
export const stampers: Readonly<Record<Format, Stamper>> = {
  zip,
  wheel,
  'tar.gz': tarGz,
  deb,
  shell,
  makeself,
}
