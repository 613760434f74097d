import { type Command, type Installable, run } from './machine.ts'
import type { Sample } from './samples.ts'

/** A program that reads archives, and how it is asked. */
export interface ArchiveReader extends Installable {
  format: Sample['format']
  /** Says by its exit code whether the archive is sound. */
  check?: (file: string) => Command
  /** Unpacks the archive into the folder, which is also where it runs. */
  extract?: (file: string, folder: string) => Command
  /** Writes the tar inside to standard output. */
  decompress?: (file: string) => Command
  /** It knows no links, no long names, and wants a folder before its files. */
  isPlain?: true
}

const phpHas = (name: string) => () =>
  run(['php', '-r', `exit(class_exists("${name}") || function_exists("${name}") ? 0 : 1);`])
    .status === 0
const pythonWorks = () => run(['python3', '-c', 'import zipfile, tarfile, gzip']).status === 0
const hasApplet = (applet: string) => () => run(['busybox', applet, '--help']).status === 0

const php = (code: string, ...args: string[]): Command => ['php', '-r', code, '--', ...args]
const python = (code: string, ...args: string[]): Command => ['python3', '-c', code, ...args]

const PHP_ZIP = `
$zip = new ZipArchive();
$opened = $zip->open($argv[1], ZipArchive::CHECKCONS);
if ($opened !== true) { fwrite(STDERR, "error $opened"); exit(1); }
exit($zip->extractTo($argv[2]) ? 0 : 1);`
const PHP_PHAR = '(new PharData($argv[1]))->extractTo($argv[2]);'
const PHP_GZIP = 'echo gzdecode(file_get_contents($argv[1]));'
const PYTHON_ZIP = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as archive:
    names = archive.namelist()
    assert archive.testzip() is None and len(names) == len(set(names))
    archive.extractall(sys.argv[2])`
const PYTHON_TAR = `
import sys, tarfile
with tarfile.open(sys.argv[1]) as archive:
    names = archive.getnames()
    assert len(names) == len(set(names))
    archive.extractall(sys.argv[2])`
const PYTHON_GZIP = `
import gzip, sys
sys.stdout.buffer.write(gzip.open(sys.argv[1]).read())`

const ZIP_READERS: ArchiveReader[] = [
  { name: 'unzip -t', format: 'zip', needs: ['unzip'], check: (file) => ['unzip', '-tqq', file] },
  {
    name: 'unzip',
    format: 'zip',
    needs: ['unzip'],
    extract: (file, folder) => ['unzip', '-qq', file, '-d', folder],
  },
  { name: 'zip -T', format: 'zip', needs: ['zip', 'unzip'], check: (file) => ['zip', '-T', file] },
  { name: '7z t', format: 'zip', needs: ['7z'], check: (file) => ['7z', 't', file] },
  {
    name: '7z x',
    format: 'zip',
    needs: ['7z'],
    extract: (file, folder) => ['7z', 'x', '-y', `-o${folder}`, file],
  },
  {
    name: 'bsdtar',
    format: 'zip',
    needs: ['bsdtar'],
    extract: (file, folder) => ['bsdtar', '-xf', file, '-C', folder],
  },
  {
    name: 'bsdtar from a pipe',
    format: 'zip',
    needs: ['bsdtar', 'sh'],
    extract: (file, folder) => ['sh', '-c', 'cat "$1" | bsdtar -xf - -C "$2"', 'sh', file, folder],
  },
  {
    name: 'busybox unzip',
    format: 'zip',
    needs: ['busybox'],
    works: hasApplet('unzip'),
    extract: (file, folder) => ['busybox', 'unzip', '-q', file, '-d', folder],
  },
  {
    name: 'Python zipfile',
    format: 'zip',
    needs: ['python3'],
    works: pythonWorks,
    extract: (file, folder) => python(PYTHON_ZIP, file, folder),
  },
  {
    name: 'PHP ZipArchive with CHECKCONS',
    format: 'zip',
    needs: ['php'],
    works: phpHas('ZipArchive'),
    extract: (file, folder) => php(PHP_ZIP, file, folder),
  },
  { name: 'jar', format: 'zip', needs: ['jar'], extract: (file) => ['jar', 'xf', file] },
]

const TAR_READERS: ArchiveReader[] = [
  { name: 'gzip -t', format: 'tar.gz', needs: ['gzip'], check: (file) => ['gzip', '-t', file] },
  {
    name: 'gzip -dc',
    format: 'tar.gz',
    needs: ['gzip'],
    decompress: (file) => ['gzip', '-dc', file],
  },
  {
    name: 'busybox gzip -dc',
    format: 'tar.gz',
    needs: ['busybox'],
    works: hasApplet('gzip'),
    decompress: (file) => ['busybox', 'gzip', '-dc', file],
  },
  { name: '7z t', format: 'tar.gz', needs: ['7z'], check: (file) => ['7z', 't', file] },
  {
    name: '7z x',
    format: 'tar.gz',
    needs: ['7z'],
    decompress: (file) => ['7z', 'x', '-so', file],
  },
  {
    name: 'tar',
    format: 'tar.gz',
    needs: ['tar', 'gzip'],
    extract: (file, folder) => ['tar', '-xzf', file, '-C', folder],
  },
  {
    name: 'bsdtar -t',
    format: 'tar.gz',
    needs: ['bsdtar'],
    check: (file) => ['bsdtar', '-tf', file],
  },
  {
    name: 'bsdtar -x',
    format: 'tar.gz',
    needs: ['bsdtar'],
    extract: (file, folder) => ['bsdtar', '-xf', file, '-C', folder],
  },
  {
    name: 'busybox tar',
    format: 'tar.gz',
    needs: ['busybox'],
    works: hasApplet('tar'),
    extract: (file, folder) => ['busybox', 'tar', '-xzf', file, '-C', folder],
  },
  {
    name: 'Python tarfile',
    format: 'tar.gz',
    needs: ['python3'],
    works: pythonWorks,
    extract: (file, folder) => python(PYTHON_TAR, file, folder),
  },
  {
    name: 'Python gzip',
    format: 'tar.gz',
    needs: ['python3'],
    works: pythonWorks,
    decompress: (file) => python(PYTHON_GZIP, file),
  },
  {
    name: 'PHP PharData',
    format: 'tar.gz',
    needs: ['php'],
    works: phpHas('PharData'),
    extract: (file, folder) => php(PHP_PHAR, file, folder),
    isPlain: true,
  },
  {
    name: 'PHP gzdecode',
    format: 'tar.gz',
    needs: ['php'],
    works: phpHas('gzdecode'),
    decompress: (file) => php(PHP_GZIP, file),
  },
]

/** Of a deb the control files are read: the data member is never touched. */
const DEB_READERS: ArchiveReader[] = [
  {
    name: 'dpkg-deb -I',
    format: 'deb',
    needs: ['dpkg-deb'],
    check: (file) => ['dpkg-deb', '-I', file],
  },
  {
    name: 'dpkg-deb -e',
    format: 'deb',
    needs: ['dpkg-deb'],
    extract: (file, folder) => ['dpkg-deb', '-e', file, folder],
  },
  {
    name: 'ar and tar',
    format: 'deb',
    needs: ['ar', 'tar', 'gzip', 'sh'],
    extract: (file, folder) => [
      'sh',
      '-c',
      'ar p "$1" control.tar.gz | tar -xzf - -C "$2"',
      'sh',
      file,
      folder,
    ],
  },
]

export const ARCHIVE_READERS: readonly ArchiveReader[] = [
  ...ZIP_READERS,
  ...TAR_READERS,
  ...DEB_READERS,
]
