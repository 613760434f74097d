import { type GzipFacts, gunzip, noGzipFacts } from './gzip-content.ts'
import type { StampPlace } from './stamp-place.ts'
import { TarScan } from './tar-scan.ts'
import type { Source } from './types.ts'

/** What reading a tar.gz to its end has shown. */
export interface TarGzFacts extends GzipFacts {
  /** Bytes of content before the end blocks. */
  entriesEnd: number
}

/**
 * Reads a tar.gz to its end and tells `place` of each entry. Nothing of the content is kept.
 *
 * @throws StampError `unknown_format`, `malformed`, `truncated`, `unsupported`, `too_large`.
 */
export async function scanTarGz(source: Source, place: StampPlace): Promise<TarGzFacts> {
  const facts = noGzipFacts()
  const tar = new TarScan((name, isFolder) => place.add(name, isFolder))
  for await (const chunk of gunzip(source, facts)) tar.push(chunk)
  tar.end()
  return { ...facts, entriesEnd: tar.entriesEnd ?? facts.contentLength }
}
