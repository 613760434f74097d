/** The database did not take the transaction in time; nothing was written. */
export class StoreBusyError extends Error {
  override readonly name = 'StoreBusyError'
}
