import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { root } from './run-command.mjs'

const SKIPPED = new Set(['node_modules', 'dist', 'test', 'coverage', 'data'])

/** The folders of the workspace's packages, relative to the root. */
export function packageFolders() {
  return ['packages', 'apps', 'examples'].flatMap((room) =>
    namesIn(join(root, room))
      .map((name) => `${room}/${name}`)
      .filter((folder) => existsSync(join(root, folder, 'package.json'))),
  )
}

/** Changes when other dependencies have to be installed, or the same ones for another Node. */
export function installFingerprint() {
  const manifests = packageFolders().map((folder) => `${folder}/package.json`)
  const files = ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml', '.npmrc', ...manifests]
  return fingerprint(files, [process.platform, process.arch, process.versions.modules])
}

/** Changes when a build would come out otherwise: by contents, since a copy or a clone has new times. */
export function buildFingerprint() {
  const sources = packageFolders().flatMap(filesBelow)
  return fingerprint(['tsconfig.base.json', 'tsconfig.json', ...sources], [installFingerprint()])
}

/**
 * @param {string} folder
 * @returns {string[]}
 */
function filesBelow(folder) {
  return namesIn(join(root, folder))
    .filter((name) => !SKIPPED.has(name))
    .flatMap((name) => {
      const path = join(root, folder, name)
      return statSync(path).isDirectory()
        ? filesBelow(relative(root, path))
        : [relative(root, path)]
    })
}

/**
 * @param {string[]} files
 * @param {(string | undefined)[]} more
 */
function fingerprint(files, more) {
  const hash = createHash('sha256').update(JSON.stringify(more))
  for (const file of files) {
    const path = join(root, file)
    const contents = existsSync(path) ? readFileSync(path) : ''
    hash.update(`\n${file} ${contents.length}\n`).update(contents)
  }
  return hash.digest('hex')
}

/** @param {string} folder */
function namesIn(folder) {
  return existsSync(folder) ? readdirSync(folder).sort() : []
}
