/** Works through items, some at a time; begins no other once `work` says `false` or throws. */
export async function inParallel<T>(
  atOnce: number,
  items: readonly T[],
  work: (item: T) => Promise<boolean>,
): Promise<void> {
  const queue = items.values()
  let goesOn = true
  const worker = async () => {
    for (const item of queue) {
      if (!goesOn) return
      try {
        goesOn = (await work(item)) && goesOn
      } catch (error) {
        goesOn = false
        throw error
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker))
}
