/** The download page: what it shows, and where its form leads. */
import type { ArtifactRow, ProductRow } from '@sentby/store'
import type { Deps } from '../../deps.ts'
import { freshProgram } from '../configuration/change.ts'
import type { ProgramConfig } from '../program-config.ts'
import { beginDownload } from './begin-download.ts'
import { type JudgedCode, judgeCode } from './judge-code.ts'
import { currentFile, currentFiles } from './product-files.ts'
import { visitorOf } from './visitor-cookie.ts'

/** A file as the page lists it. */
export interface PageFile {
  file: string
  version: string | null
  size: number
  /** Of the file without a stamp. */
  sha256: string
}

export interface DownloadPage {
  vendor: string
  product: { id: string; name: string }
  /** Of the latest version, and all others. */
  files: PageFile[]
  older: PageFile[]
  /** What stands in the field. */
  text: string
  /** The code of the link that led here. */
  via: string
  /** The name of the code's partner, where it lets it show. */
  partner: string | undefined
  problem: 'unknown' | 'deferred' | undefined
}

/** Who asks. */
export interface PageVisitor {
  network: string
  /** A request header by its lower-case name. */
  header(name: string): string | undefined
}

/** What the form sent. */
export interface PageForm {
  code: string
  via: string
  file: string | undefined
}

export type FormAnswer =
  /** To a path of this program. */
  { leave: string } | { page: DownloadPage }

/** What pages and installers need of the collector. */
export type PageDeps = Pick<
  Deps,
  'config' | 'store' | 'directory' | 'clock' | 'limits' | 'metrics' | 'log'
>

/** More is no code; the rest of it would only fill the page. */
const MAX_TEXT = 100

/** The page of a product, its field filled from the link or the visitor's cookie; `undefined`: no such product. */
export async function showPage(
  deps: PageDeps,
  asked: ProgramConfig,
  productId: string,
  via: string,
  visitor: PageVisitor,
): Promise<DownloadPage | undefined> {
  const found = await findProduct(deps, asked, productId)
  if (!found) return undefined
  const text = via || (visitorOf(visitor.header, deps.clock.now())?.code ?? '')
  const judged =
    text === '' ? undefined : await judgeCode(deps, found.program, visitor.network, text)
  return describe(found, { text, via, judged, isAnswer: false })
}

/**
 * Where the form leads: to the stamped file, without a code to the plain one, or to the page again, which says what
 * is wrong with the code. `undefined`: no such product or file.
 */
export async function answerForm(
  deps: PageDeps,
  asked: ProgramConfig,
  productId: string,
  form: PageForm,
  visitor: PageVisitor,
): Promise<FormAnswer | undefined> {
  const found = await findProduct(deps, asked, productId)
  if (!found) return undefined
  const { program, product } = found
  const artifact =
    form.file === undefined
      ? currentFiles(program, productId)[0]
      : currentFile(program, productId, form.file)
  if (!artifact) return undefined
  if (form.code.trim() === '') return { leave: `/f/${productId}/${artifact.file}` }
  const judged = await judgeCode(deps, program, visitor.network, form.code)
  if (judged.status !== 'known') {
    return { page: describe(found, { text: form.code, via: form.via, judged, isAnswer: true }) }
  }
  const known = visitorOf(visitor.header, deps.clock.now())
  const token = await beginDownload(deps, {
    program,
    product,
    artifact,
    code: judged.code,
    source: sourceOf(form, known?.code, judged.code),
    visitor: known?.visitor ?? null,
    network: visitor.network,
  })
  return { leave: `/dl/${token}/${artifact.file}` }
}

/** Whether the field holds what it was filled with, or what somebody typed. */
function sourceOf(form: PageForm, ofCookie: string | undefined, code: string) {
  if (form.via !== '' && form.code === form.via) return 'link'
  return ofCookie === code && form.code === code ? 'cookie' : 'typed'
}

interface Found {
  program: ProgramConfig
  product: ProductRow
}

/** A product made a moment ago elsewhere is found too. */
export async function findProduct(
  deps: Pick<Deps, 'store' | 'directory'>,
  program: ProgramConfig,
  id: string,
): Promise<Found | undefined> {
  const known = program.products.get(id)
  if (known && currentFiles(program, id).length > 0) return { program, product: known }
  const fresh = await freshProgram(deps, program.row.id)
  const product = fresh.products.get(id)
  return product && { program: fresh, product }
}

interface Shown {
  text: string
  via: string
  judged: JudgedCode | undefined
  /** A form was sent: what is wrong with its code is said. */
  isAnswer: boolean
}

function describe({ program, product }: Found, shown: Shown): DownloadPage {
  const { judged, isAnswer } = shown
  const rows = currentFiles(program, product.id)
  const latest = rows[0]?.version ?? null
  const problem = isAnswer && judged && judged.status !== 'known' ? judged.status : undefined
  return {
    vendor: program.row.name,
    product: { id: product.id, name: product.name },
    files: rows.filter((row) => row.version === latest).map(toFile),
    older: rows.filter((row) => row.version !== latest).map(toFile),
    text: shown.text.toWellFormed().slice(0, MAX_TEXT),
    via: shown.via.toWellFormed().slice(0, MAX_TEXT),
    partner: judged?.status === 'known' ? judged.partner?.name : undefined,
    problem,
  }
}

function toFile({ file, version, size, sha256 }: ArtifactRow): PageFile {
  return { file, version, size, sha256 }
}
