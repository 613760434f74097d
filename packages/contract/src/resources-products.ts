/** Products, the files published for them, and their stamped downloads (CONTRACT §4.2, §4.3). */
import { z } from 'zod'
import { canonicalCode } from './code.ts'
import { moment, pageQuery, resourceId, storedInstant } from './resources.ts'
import { freeText } from './text.ts'

/** A product's short name in URLs. */
const productSlug = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9._-]{0,62}$/,
    'must be 1–63 of a-z 0-9 . _ -, beginning with a letter or a digit',
  )
  .meta({ example: 'app' })

/** A published file's name: safe unquoted in a shell, a URL and a header; never hidden, never a path. */
const artifactFile = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._+-]{0,127}$/,
    'must be 1–128 of A-Z a-z 0-9 . _ + -, beginning with a letter or a digit',
  )
  .refine((file) => file.toUpperCase() !== 'SHA256SUMS', 'is the name of the list of checksums')
  .meta({ example: 'app-1.4.0.zip' })

const stampPath = z
  .string()
  .max(200)
  .regex(
    /^(\{top\}|[A-Za-z0-9_][A-Za-z0-9._-]*)(\/[A-Za-z0-9_][A-Za-z0-9._-]*)*$/,
    'must be a relative path whose parts begin with a letter, a digit or _; {top}/ stands for the top folder',
  )
  .refine((path) => path !== '{top}', 'must name a file')
  .refine((path) => !/\.(\/|$)/.test(path), 'no part may end with a dot')
  .meta({
    description:
      'Where the stamp stands in a zip, wheel or tar.gz; null: `partner_ref` in the only top folder.',
    example: '{top}/static/partner_ref',
  })

const stampDays = z
  .int()
  .min(1)
  .max(36_500)
  .meta({ description: 'How long a stamp counts after its download; null: for ever.' })

const name = freeText(255)

export const productInput = z.strictObject({
  product: productSlug,
  name: name.optional().meta({ description: 'What the download page calls it; absent: the slug.' }),
  stampPath: stampPath.nullable().optional(),
  stampDays: stampDays.nullable().optional(),
})
export type ProductInput = z.output<typeof productInput>

export const productChange = productInput
  .omit({ product: true })
  .refine((change) => Object.keys(change).length > 0, 'changes nothing')
export type ProductChange = z.output<typeof productChange>

export const productAnswer = z.strictObject({
  product: z.string(),
  name: z.string(),
  stampPath: z.string().nullable(),
  stampDays: z.int().nullable(),
  page: z.string().meta({ description: 'The download page.' }),
  files: z.int().meta({ description: 'How many files can be downloaded.' }),
  createdAt: storedInstant,
})
export type ProductAnswer = z.output<typeof productAnswer>

export const artifactQuery = z.strictObject({
  file: artifactFile.meta({ description: 'The name it is downloaded under.' }),
  version: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._+~:-]{0,63}$/, 'must be 1–64 of A-Z a-z 0-9 . _ + ~ : -')
    .optional(),
})

export const artifactAnswer = z.strictObject({
  id: z.string(),
  product: z.string(),
  file: z.string(),
  version: z.string().nullable(),
  format: z.string().meta({ description: '`zip wheel tar.gz deb shell makeself`' }),
  stampPath: z.string().nullable().meta({ description: 'null: a line of the script.' }),
  size: z.int().meta({ description: 'Of the canonical file, bytes.' }),
  sha256: z.string().meta({ description: 'Of the canonical file, which `url` gives.' }),
  publishedSha256: z.string().meta({
    description:
      'Of the file as it was sent; another one for what is prepared: a tar.gz, some deb.',
  }),
  current: z.boolean().meta({ description: 'Whether it is the latest under its name.' }),
  url: z.string().meta({ description: 'The canonical file, without a stamp.' }),
  page: z.string(),
  createdAt: storedInstant,
})
export type ArtifactAnswer = z.output<typeof artifactAnswer>

const DOWNLOAD_SOURCES = ['link', 'typed', 'cookie', 'vendor'] as const

export const downloadsQuery = z.strictObject({
  ...pageQuery,
  product: z.string().max(255).optional(),
  partner: resourceId.optional(),
  code: z
    .string()
    .max(64)
    .refine((text) => canonicalCode(text) !== null, 'must be 2–32 letters and digits')
    .overwrite((text) => canonicalCode(text) ?? text)
    .optional(),
})
export type DownloadsQuery = z.output<typeof downloadsQuery>

export const revocationAnswer = z.strictObject({
  download: z.string(),
  from: storedInstant,
  reason: z.string(),
  createdAt: storedInstant,
})
export type RevocationAnswer = z.output<typeof revocationAnswer>

export const downloadAnswer = z.strictObject({
  id: z.string(),
  product: z.string(),
  artifact: z.string().nullable().meta({ description: 'null: stamped beside the collector.' }),
  file: z.string().nullable(),
  code: z.string(),
  partner: z.string().nullable().meta({ description: 'Who has the code.' }),
  source: z.enum(DOWNLOAD_SOURCES),
  visitor: z.string().nullable(),
  at: storedInstant,
  installations: z.int().meta({ description: 'Copies and ephemeral ones are not counted.' }),
  revoked: revocationAnswer.omit({ download: true }).nullable(),
})
export type DownloadAnswer = z.output<typeof downloadAnswer>

export const revocationInput = z.strictObject({
  reason: freeText(500),
  from: moment.optional().meta({
    description: 'Installations from here on count no more; absent: from now.',
  }),
})
export type RevocationInput = z.output<typeof revocationInput>
