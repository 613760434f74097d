import { formatState, type InstallState, readState } from './install-state.ts'
import type { Store } from './store.ts'

/** What the store holds; nothing where it cannot be read. */
export async function loadState(store: Store | undefined): Promise<InstallState> {
  try {
    return readState(await store?.get())
  } catch {
    return readState(undefined)
  }
}

/** Keeps a state; `false` where nothing can be kept. */
export async function keepState(store: Store | undefined, state: InstallState): Promise<boolean> {
  try {
    await store?.set(formatState(state))
    return store !== undefined
  } catch {
    return false
  }
}

/** Keeps the first state of an installation. Of two processes that install at once, both get the first one's. */
export async function keepFirst(
  store: Store | undefined,
  state: InstallState,
): Promise<InstallState> {
  try {
    const kept = readState(await store?.create?.(formatState(state)))
    return kept.install === undefined ? state : kept
  } catch {
    return state
  }
}
