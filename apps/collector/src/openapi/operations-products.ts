import {
  artifactAnswer,
  artifactQuery,
  downloadAnswer,
  downloadsQuery,
  pageOf,
  pageQuery,
  productAnswer,
  productChange,
  productInput,
  revocationAnswer,
  revocationInput,
} from '@sentby/contract'
import { z } from 'zod'
import type { Operation } from './operation.ts'

const page = z.strictObject(pageQuery)
const ok = (description: string, schema: z.ZodType) => ({ 200: { description, schema } })
const made = (description: string, schema: z.ZodType) => ({ 201: { description, schema } })
const products = { tag: 'Products', key: 'secret' } as const
const downloads = { tag: 'Downloads', key: 'none', method: 'GET' } as const
const html = { description: 'A page', type: 'text/html' }
const bytes = (description: string) => ({ description, type: 'application/octet-stream' })
const nothing = { ...html, description: 'No such product or file: a page that says so' }
const file = {
  200: bytes('The file; strong `ETag`, `Repr-Digest` where it is cheap'),
  206: bytes('The range that was asked for'),
  304: { description: 'The `ETag` is known' },
  404: nothing,
  412: { description: 'The file has another `ETag`' },
  416: { description: 'The range lies outside of the file' },
}
const form = z.object({
  code: z.string().optional().meta({ description: 'Empty: the file without a stamp.' }),
  file: z.string().optional().meta({ description: 'Absent: the latest file.' }),
  via: z.string().optional().meta({ description: 'The code that the page was opened with.' }),
})
const showsPage = {
  summary: 'The download page: a code field that is filled from `?via=` or the visitor’s cookie',
  query: z.object({ via: z.string().optional() }),
  answers: { 200: html, 404: nothing },
}
const takesForm = {
  method: 'POST',
  tag: 'Downloads',
  key: 'none',
  summary: 'What the page’s form sends',
  body: { schema: form, types: ['application/x-www-form-urlencoded'] },
  answers: {
    303: { description: 'To `/dl/{token}/{file}`, or without a code to `/f/{product}/{file}`' },
    404: nothing,
    422: { ...html, description: 'The code is unknown or not active: the page again' },
    429: { ...html, description: 'Too many codes from this network: the page again' },
  },
} as const
const stamped = {
  summary: 'Stamped bytes; in any doubt the file without a stamp, and `x-sentby-stamp` says why',
  answers: file,
}
const plain = { summary: 'The canonical file, without a stamp', answers: file }
const sums = {
  summary: 'Checksums of the canonical files, as `sha256sum -c` reads them',
  answers: { 200: { description: 'A line a file', type: 'text/plain' }, 404: nothing },
}
const script = {
  summary: 'The product’s latest shell installer (`{script}` is `{product}.sh`), stamped afresh',
  query: z.object({ code: z.string().optional() }),
  answers: { 200: { description: 'The script', type: 'text/x-shellscript' }, 404: nothing },
}

/** What a product's visitors and installers ask without a key, each with and without the program's prefix. */
const publicDownloads: readonly Operation[] = ['', '/p/{program}'].flatMap((prefix) => [
  { ...downloads, path: `${prefix}/d/{product}`, ...showsPage },
  { ...takesForm, path: `${prefix}/d/{product}` },
  { ...downloads, path: `${prefix}/dl/{token}/{file}`, ...stamped },
  { ...downloads, path: `${prefix}/f/{product}/{file}`, ...plain },
  { ...downloads, path: `${prefix}/f/{product}/SHA256SUMS`, ...sums },
  { ...downloads, path: `${prefix}/i/{script}`, ...script },
])

/** Products, published files, stamped downloads (CONTRACT §4.2, §4.3). */
export const productOperations: readonly Operation[] = [
  {
    ...products,
    method: 'GET',
    path: '/v1/products',
    summary: 'Products, by name',
    query: page,
    answers: ok('A page', pageOf(productAnswer)),
  },
  {
    ...products,
    method: 'POST',
    path: '/v1/products',
    summary: 'Make a product',
    body: { schema: productInput },
    makes: true,
    answers: made('The product', productAnswer),
    problems: ['already_exists'],
  },
  {
    ...products,
    method: 'GET',
    path: '/v1/products/{product}',
    summary: 'One product',
    answers: ok('The product', productAnswer),
  },
  {
    ...products,
    method: 'PATCH',
    path: '/v1/products/{product}',
    summary: 'Change a product; what is published and downloaded stays as it is',
    body: { schema: productChange },
    answers: ok('The product', productAnswer),
  },
  {
    ...products,
    method: 'GET',
    path: '/v1/products/{product}/artifacts',
    summary: 'Published files, the oldest first; replaced ones too',
    query: page,
    answers: ok('A page', pageOf(artifactAnswer)),
  },
  {
    ...products,
    method: 'POST',
    path: '/v1/products/{product}/artifacts',
    summary: 'Publish a file: it is prepared, and tested on itself before anybody can download it',
    query: artifactQuery,
    body: {
      schema: z.string().meta({ format: 'binary' }),
      types: ['application/octet-stream'],
    },
    makes: true,
    answers: {
      ...ok('The same file is the current one', artifactAnswer),
      ...made('The file', artifactAnswer),
    },
  },
  {
    ...products,
    method: 'GET',
    path: '/v1/downloads',
    summary: 'Stamped downloads, the oldest first, with how many installations each has',
    query: downloadsQuery,
    answers: ok('A page', pageOf(downloadAnswer)),
  },
  {
    ...products,
    method: 'POST',
    path: '/v1/downloads/{id}/revoke',
    summary: 'Revoke a download: installations from its stamp count no more',
    body: { schema: revocationInput },
    answers: ok('The revocation', revocationAnswer),
  },
  ...publicDownloads,
]
