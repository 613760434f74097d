/** The page of `GET,POST /d/{product}` (CONTRACT §4.2). */
import type { DownloadPage, PageFile } from '../services/downloads/download-page.ts'
import { Page, toHtml } from './page.tsx'

const PROBLEMS = {
  unknown:
    'We do not know this code, or it is not active any more. Please check it, or download without a code.',
  deferred:
    'Too many codes were tried from your network. Please try again later, or download without a code.',
} as const

/** The page as HTML; every text of others is escaped. */
export function renderDownloadPage(page: DownloadPage): string {
  return toHtml(<Download page={page} />)
}

/** What stands where there is nothing to download. */
export function renderNoDownload(): string {
  return toHtml(
    <Page title="Nothing to download">
      <h1>There is nothing to download here</h1>
      <p>The address may be mistyped, or the file is not offered any more.</p>
    </Page>,
  )
}

function Download({ page }: { page: DownloadPage }) {
  const { product, vendor, files, older } = page
  return (
    <Page title={`Download ${product.name}`}>
      <p class="vendor">{vendor}</p>
      <h1>Download {product.name}</h1>
      {files.length === 0 ? <p>No file is published yet.</p> : null}
      {/* Relative: the page may stand under a prefix. */}
      <form method="post" action={product.id} autocomplete="off">
        <CodeField page={page} />
        <Files files={files} product={product.id} />
        {older.length === 0 ? null : (
          <details>
            <summary>Earlier versions</summary>
            <Files files={older} product={product.id} />
          </details>
        )}
      </form>
      {files.length === 0 ? null : (
        <p class="soft">
          <a href={`../f/${product.id}/SHA256SUMS`}>SHA256SUMS</a> lists the checksums of the files
          without a code. A file with a code differs from them by the code alone.
        </p>
      )}
    </Page>
  )
}

function CodeField({ page }: { page: DownloadPage }) {
  const { text, via, partner, problem } = page
  return (
    <>
      <label for="code">Partner code (optional)</label>
      <input
        id="code"
        name="code"
        type="text"
        value={text}
        maxlength={100}
        autocapitalize="characters"
        spellcheck={false}
        aria-describedby={problem ? 'problem hint' : 'hint'}
        aria-invalid={problem ? 'true' : undefined}
      />
      {via === '' ? null : <input type="hidden" name="via" value={via} />}
      <div aria-live="polite">
        {problem ? (
          <p class="problem" id="problem" role="alert">
            {PROBLEMS[problem]}
          </p>
        ) : null}
      </div>
      <p class="soft" id="hint">
        {partner === undefined
          ? 'Enter the code of whoever recommended this to you.'
          : `Recommended by ${partner}.`}
      </p>
    </>
  )
}

function Files({ files, product }: { files: readonly PageFile[]; product: string }) {
  return (
    <ul>
      {files.map(({ file, version, size, sha256 }) => (
        <li>
          <button type="submit" name="file" value={file}>
            Download {file}
          </button>
          <p class="soft">
            {version === null ? '' : `Version ${version} · `}
            {sizeText(size)} ·{' '}
            <a href={`../f/${product}/${file}`} aria-label={`${file} without a code`}>
              without a code
            </a>
          </p>
          <p class="soft">
            SHA-256 without a code: <code>{sha256}</code>
          </p>
        </li>
      ))}
    </ul>
  )
}

function sizeText(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB']
  let value = bytes
  let unit = 0
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`
}
