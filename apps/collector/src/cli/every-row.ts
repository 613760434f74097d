import type { Page } from '@sentby/contract'
import type { PageRequest } from '../services/paging.ts'

/** Every row of a list, read page by page. */
export async function everyRow<Row>(
  list: (page: PageRequest) => Promise<Page<Row>>,
): Promise<Row[]> {
  const rows: Row[] = []
  let cursor: string | undefined
  do {
    const page = await list({ limit: 200, cursor })
    rows.push(...page.data)
    cursor = page.next ?? undefined
  } while (cursor !== undefined)
  return rows
}
