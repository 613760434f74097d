import { readdirSync, readFileSync } from 'node:fs'
import { join, posix, relative } from 'node:path'
import ts from 'typescript'

/** One import or re-export: what it names, where a relative one leads, and whether it is gone at run time. */
export type SourceImport = { from: string; path: string | null; typeOnly: boolean }

/** What the architecture rules look at in a file; `path` is relative to the repository, with `/`. */
export type SourceFile = {
  path: string
  lines: number
  imports: SourceImport[]
  /** `a.b.c` as written, `new Date()` when called without arguments, `env` of `node:process` as `process.env`. */
  uses: string[]
  hasDefaultExport: boolean
}

const ROOMS = ['packages', 'apps', 'examples', 'test', 'scripts', 'bench']
const NOT_OURS = new Set(['node_modules', 'dist', 'coverage', 'data', '.tools'])

/** Every source file of the repository, tests included. */
export function readSourceFiles(root: string): SourceFile[] {
  const paths = ROOMS.flatMap((room) => list(join(root, room)))
  return paths.map((path) =>
    readSource(relative(root, path).replaceAll('\\', '/'), readFileSync(path, 'utf8')),
  )
}

function list(folder: string): string[] {
  return entriesOf(folder).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return NOT_OURS.has(entry.name) ? [] : list(path)
    return /\.[cm]?[jt]sx?$/.test(entry.name) ? [path] : []
  })
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return [] // a room that does not exist has no files
  }
}

/** Reads one file's text. */
export function readSource(path: string, text: string): SourceFile {
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true)
  const file: SourceFile = {
    path,
    lines: text.trimEnd().split('\n').length,
    imports: [],
    uses: [],
    hasDefaultExport: false,
  }
  visit(tree, file)
  return file
}

function visit(node: ts.Node, file: SourceFile): void {
  if (ts.isImportDeclaration(node)) addImport(file, node.moduleSpecifier, isTypeImport(node))
  if (ts.isExportDeclaration(node)) addImport(file, node.moduleSpecifier, node.isTypeOnly)
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
    addImport(file, node.argument.literal, true)
  if (ts.isCallExpression(node) && isDynamicImport(node)) addImport(file, node.arguments[0], false)
  if (isDefaultExport(node)) file.hasDefaultExport = true
  const use = useOf(node)
  if (use) file.uses.push(use)
  ts.forEachChild(node, (child) => visit(child, file))
}

function addImport(file: SourceFile, module: ts.Node | undefined, typeOnly: boolean): void {
  if (!module || !ts.isStringLiteralLike(module)) return
  const from = module.text
  const path = from.startsWith('.') ? posix.join(posix.dirname(file.path), from) : null
  file.imports.push({ from, path, typeOnly })
}

function isTypeImport(node: ts.ImportDeclaration): boolean {
  const clause = node.importClause
  if (!clause) return false
  const names = clause.namedBindings
  const allTypes =
    !clause.name &&
    names !== undefined &&
    ts.isNamedImports(names) &&
    names.elements.length > 0 &&
    names.elements.every((element) => element.isTypeOnly)
  return clause.phaseModifier === ts.SyntaxKind.TypeKeyword || allTypes
}

function isDynamicImport(node: ts.CallExpression): boolean {
  const called = node.expression
  return called.kind === ts.SyntaxKind.ImportKeyword || called.getText() === 'require'
}

function isDefaultExport(node: ts.Node): boolean {
  if (ts.isExportAssignment(node)) return !node.isExportEquals
  if (ts.isExportSpecifier(node)) return node.name.text === 'default'
  const modifiers = ts.canHaveModifiers(node) ? ts.getModifiers(node) : undefined
  return modifiers?.some((modifier) => modifier.kind === ts.SyntaxKind.DefaultKeyword) ?? false
}

function useOf(node: ts.Node): string | null {
  if (ts.isPropertyAccessExpression(node)) return node.getText().replace(/\s|\?/g, '')
  if (ts.isElementAccessExpression(node) && ts.isStringLiteralLike(node.argumentExpression))
    return `${node.expression.getText()}.${node.argumentExpression.text}`
  if (ts.isNewExpression(node) && !node.arguments?.length)
    return `new ${node.expression.getText()}()`
  if (ts.isImportSpecifier(node)) {
    const module = node.parent.parent.parent
    const from = ts.isImportDeclaration(module) ? module.moduleSpecifier.getText() : ''
    if (/^.node:process.$/.test(from)) return `process.${(node.propertyName ?? node.name).text}`
  }
  return null
}
