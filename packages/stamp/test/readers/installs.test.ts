import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { bufferSource, prepare } from '../../src/index.ts'
import { type DebShape, makeDeb } from '../archives/deb.ts'
import { collect } from '../archives/tar.ts'
import { DIST_INFO, makeWheel, WHEEL_NAME } from '../archives/wheel.ts'
import { stampBytes, TOKEN } from '../stamping.ts'
import {
  type Command,
  filesIn,
  type Installable,
  installed,
  must,
  newFolder,
  run,
} from './machine.ts'
import { STAMPED_PACKAGE } from './samples.ts'

/** Something that installs packages; `install` does it in an empty folder and looks at what came of it. */
interface Installer extends Installable {
  install(folder: string): Promise<void>
}

const PNPM = join(import.meta.dirname, '../../../../.tools/node_modules/pnpm/bin/pnpm.cjs')
const LINE = `${TOKEN}\n`

/** The environment of a package manager that must neither see nor change the user's. */
function apart(folder: string): Record<string, string> {
  const home = join(folder, 'home')
  mkdirSync(home, { recursive: true })
  return { HOME: home, XDG_DATA_HOME: home, XDG_CACHE_HOME: home, XDG_CONFIG_HOME: home, CI: '1' }
}

function project(folder: string): string {
  writeFileSync(join(folder, 'acme-tool-1.0.0.tgz'), STAMPED_PACKAGE)
  const app = join(folder, 'app')
  mkdirSync(app)
  writeFileSync(join(app, 'package.json'), '{"name":"app","private":true}')
  return app
}

function expectPackage(app: string): void {
  const there = join(app, 'node_modules/acme-tool')
  expect(readFileSync(join(there, 'partner_ref'), 'utf8')).toBe(LINE)
  expect(
    must(['node', '-p', "require('acme-tool') + require('acme-tool/lib/more')"], { cwd: app }),
  ).toBe('85\n')
}

async function npm(folder: string): Promise<void> {
  const app = project(folder)
  const quiet = ['--offline', '--ignore-scripts', '--no-audit', '--no-fund', '--cache']
  must(['npm', 'install', '../acme-tool-1.0.0.tgz', ...quiet, join(folder, 'cache')], {
    cwd: app,
    env: apart(folder),
  })
  expectPackage(app)
}

async function pnpm(folder: string): Promise<void> {
  const app = project(folder)
  const quiet = ['--offline', '--ignore-scripts', '--store-dir', join(folder, 'store')]
  must(['node', PNPM, 'add', '../acme-tool-1.0.0.tgz', ...quiet], { cwd: app, env: apart(folder) })
  expectPackage(app)
}

async function pip(folder: string): Promise<void> {
  const wheel = join(folder, WHEEL_NAME)
  writeFileSync(wheel, await stampBytes(makeWheel(), TOKEN, { name: WHEEL_NAME }))
  const env = { ...apart(folder), PIP_CONFIG_FILE: '/dev/null', PIP_NO_CACHE_DIR: '1' }
  const options = { cwd: folder, env: { ...env, PIP_DISABLE_PIP_VERSION_CHECK: '1' } }
  must(['python3', '-m', 'venv', '--without-pip', 'venv'], options)
  const python = join(folder, 'venv/bin/python')
  const pipDoes = (...args: string[]) =>
    must(['python3', '-m', 'pip', '--python', python, ...args], options)
  pipDoes('install', '--no-index', wheel)
  pipDoes('check')
  const read = `from importlib.metadata import distribution as d; import acme_tool
print(d("acme-tool").read_text("partner_ref"), end="")`
  expect(must([python, '-c', read], options)).toBe(LINE)
  pipDoes('uninstall', '-y', 'acme-tool')
  const left = Object.keys(filesIn(join(folder, 'venv/lib')))
  expect(left.filter((path) => path.includes(DIST_INFO) || path.includes('acme_tool'))).toEqual([])
}

const POSTINST = `#!/bin/sh
cat "$DPKG_ROOT/var/lib/dpkg/info/$DPKG_MAINTSCRIPT_PACKAGE.partner_ref" > "$DPKG_ROOT/seen" || :
`
const MD5 = `${createHash('md5').update('tool\n').digest('hex')}  opt/acme-tool\n`

/** Installs into a root of its own: the machine's packages and their database are never touched. */
async function dpkg(folder: string, pack?: DebShape['pack']): Promise<void> {
  const root = join(folder, 'root')
  for (const path of ['info', 'updates', 'triggers']) {
    mkdirSync(join(root, 'var/lib/dpkg', path), { recursive: true })
  }
  for (const name of ['status', 'available']) writeFileSync(join(root, 'var/lib/dpkg', name), '')
  const deb = makeDeb({
    control: [
      { name: './postinst', mode: 0o755, content: POSTINST },
      { name: './md5sums', content: MD5 },
    ],
    ...(pack && { pack }),
  })
  const [plain, file] = [join(folder, 'plain.deb'), join(folder, 'stamped.deb')]
  writeFileSync(plain, deb)
  writeFileSync(file, await stampBytes(await collect(prepare('deb', bufferSource(deb)))))
  const asked = [`--root=${root}`, `--log=${folder}/log`, '--force-script-chrootless']
  const asRoot: Command = process.getuid?.() === 0 ? ['dpkg'] : ['fakeroot', 'dpkg']
  const dpkgDo = (...args: string[]) =>
    must([...asRoot, ...asked, '--force-not-root', '--force-bad-path', ...args])
  const stampThere = join(root, 'var/lib/dpkg/info/acme-tool.partner_ref')

  must(['dpkg-deb', '--info', file])
  expect(must(['dpkg-deb', '--info', file, 'partner_ref'])).toBe(LINE)
  dpkgDo('-i', file)
  expect(readFileSync(stampThere, 'utf8')).toBe(LINE)
  expect(readFileSync(join(root, 'seen'), 'utf8')).toBe(LINE)
  expect(readFileSync(join(root, 'opt/acme-tool'), 'utf8')).toBe('tool\n')
  expect(dpkgDo('-V', 'acme-tool')).toBe('')
  dpkgDo('-i', plain)
  expect(existsSync(stampThere)).toBe(false)
  dpkgDo('-i', file)
  dpkgDo('--purge', 'acme-tool')
  expect(existsSync(stampThere)).toBe(false)
}

/** As dpkg-deb builds packages, and as they are published. */
const xz: DebShape['pack'] = (tar) => ({
  name: 'control.tar.xz',
  content: run(['xz', '-c'], { input: tar }).stdout,
})
const DPKG = process.getuid?.() === 0 ? ['dpkg', 'dpkg-deb'] : ['dpkg', 'dpkg-deb', 'fakeroot']
const dpkgWorks = () => run(['dpkg', '--force-help']).stdout.includes('script-chrootless')

async function makeself(folder: string): Promise<void> {
  mkdirSync(join(folder, 'in'))
  writeFileSync(join(folder, 'in/run.sh'), '#!/bin/sh\necho "stamp=$SENTBY_STAMP"\n', {
    mode: 0o755,
  })
  const options = { cwd: folder, env: { TMPDIR: folder } }
  must(['makeself', '--sha256', 'in', 'plain.run', 'Acme "tool"', './run.sh'], options)
  const stamped = await stampBytes(readFileSync(join(folder, 'plain.run')))
  writeFileSync(join(folder, 'acme.run'), stamped, { mode: 0o755 })
  writeFileSync(join(folder, 'cut.run'), stamped.subarray(0, -1))
  must(['sh', './acme.run', '--check'], options)
  expect(run(['sh', './cut.run', '--check'], options).status).not.toBe(0)
  expect(must(['./acme.run', '--quiet'], options)).toContain(`stamp=${TOKEN}\n`)
  expect(must(['sh', './plain.run', '--quiet'], options)).toContain('stamp=\n')
}

/** A shell script as vendors write it, piped into the shell as by `curl | sh`. */
const SCRIPT = `#!/bin/sh
set -eu
SENTBY_STAMP=''
main() {
  printf 'stamp=%s\\n' "$SENTBY_STAMP"
}
main "$@"
`

function shell(name: string, needs: string, ...args: string[]): Installer {
  const command: Command = [needs, ...args]
  return {
    name,
    needs: [needs],
    works: () => run([...command, '-c', 'exit 0']).status === 0,
    async install(folder) {
      const script = await stampBytes(Buffer.from(SCRIPT))
      const path = join(folder, 'install.sh')
      writeFileSync(path, script)
      must([...command, '-n', path])
      expect(must([...command, path])).toBe(`stamp=${TOKEN}\n`)
      expect(must([...command, '-s'], { input: script })).toBe(`stamp=${TOKEN}\n`)
    },
  }
}

const INSTALLERS: Installer[] = [
  { name: 'npm', needs: ['npm', 'node'], install: npm },
  { name: 'pnpm', needs: ['node'], works: () => existsSync(PNPM), install: pnpm },
  {
    name: 'pip',
    needs: ['python3'],
    // `--python` came with pip 22.3.
    works: () => run(['python3', '-m', 'pip', '--help']).stdout.includes('--python'),
    install: pip,
  },
  { name: 'dpkg', needs: DPKG, works: dpkgWorks, install: (folder) => dpkg(folder) },
  {
    name: 'dpkg with xz inside',
    needs: [...DPKG, 'xz'],
    works: dpkgWorks,
    install: (folder) => dpkg(folder, xz),
  },
  { name: 'makeself', needs: ['makeself', 'sh'], install: makeself },
  shell('sh', 'sh'),
  shell('dash', 'dash'),
  shell('bash', 'bash'),
  shell('busybox ash', 'busybox', 'ash'),
  shell('mksh', 'mksh'),
  shell('ksh', 'ksh'),
  shell('zsh', 'zsh'),
]

const { here, missing } = installed(INSTALLERS)
const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

test(`installers that are not on this machine: ${missing}`, () => {
  expect(here.length).toBeGreaterThan(0)
})

for (const { name, install } of here) {
  test(`${name} takes a stamped file like any other, and the stamp is there`, async () => {
    const folder = newFolder()
    folders.push(folder)
    await install(folder)
  }, 120_000)
}
