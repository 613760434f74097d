/**
 * @param {readonly number[]} values
 * @returns {number} the middle value; of an even number, the mean of the middle two; NaN of none.
 */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const half = sorted.length / 2
  if (Number.isInteger(half)) return ((sorted[half - 1] ?? NaN) + (sorted[half] ?? NaN)) / 2
  return sorted[Math.floor(half)] ?? NaN
}

/**
 * @param {Float64Array} sorted ascending.
 * @param {number} share 0.99, say.
 */
export function quantile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN
}

/**
 * The ratio of two figures that were measured in turns: the median over the pairs, so that a slow second
 * of the machine spoils one pair only.
 *
 * @param {readonly number[]} ours
 * @param {readonly number[]} baseline
 */
export function pairedRatio(ours, baseline) {
  const ratios = ours.map((value, index) => value / (baseline[index] ?? NaN))
  return { ratio: median(ratios), low: Math.min(...ratios), high: Math.max(...ratios) }
}
