/** Notes rewards that are to be computed by the job, or when somebody reads them. */
import { leaveStale, type Tx } from '@sentby/store'

/** All that these partners earn. */
export function leavePartnersStale(
  tx: Tx,
  programId: string,
  partners: readonly string[],
): Promise<void> {
  return leaveStale(
    tx.db,
    partners.map((partner_id) => ({ program_id: programId, partner_id, customer: '' })),
  )
}

/** What these customers earn whomever they are credited to. */
export function leaveCustomersStale(
  tx: Tx,
  programId: string,
  customers: Iterable<string>,
): Promise<void> {
  return leaveStale(
    tx.db,
    [...customers].map((customer) => ({ program_id: programId, partner_id: '', customer })),
  )
}
