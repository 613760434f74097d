/** Every order of some items. */
export function permutations<Item>(items: readonly Item[]): Item[][] {
  if (items.length === 0) return [[]]
  return items.flatMap((item, place) =>
    permutations(items.filter((_, other) => other !== place)).map((rest) => [item, ...rest]),
  )
}

/** Some of many: the first, and each so many places on. */
export function everyNth<Item>(items: readonly Item[], step: number): Item[] {
  return items.filter((_, place) => place % step === 0)
}
