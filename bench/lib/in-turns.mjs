import { median, pairedRatio } from './stats.mjs'

/** @typedef {import('../load/loader.mjs').Measured} Measured */

/**
 * Measures two things in turns, short round after short round, the first one of a pair changing: what else the
 * machine does then touches both alike.
 *
 * @param {number} pairs
 * @param {() => Promise<Measured>} ours
 * @param {() => Promise<Measured>} baseline
 */
export async function inTurns(pairs, ours, baseline) {
  const measured = {
    ours: /** @type {Measured[]} */ ([]),
    baseline: /** @type {Measured[]} */ ([]),
  }
  for (let pair = 0; pair < pairs; pair++) {
    if (pair % 2 === 0) measured.baseline.push(await baseline())
    measured.ours.push(await ours())
    if (pair % 2 === 1) measured.baseline.push(await baseline())
  }
  const cpu = compare(measured.ours, measured.baseline, 'perCpuSecond')
  return {
    ...compare(measured.ours, measured.baseline, 'perSecond'),
    cpu: cpu.ratio,
    cpuLow: cpu.low,
    cpuHigh: cpu.high,
    ours: summary(measured.ours),
    baseline: summary(measured.baseline),
  }
}

/**
 * @param {readonly Measured[]} ours
 * @param {readonly Measured[]} baseline
 * @param {'perSecond' | 'perCpuSecond'} name
 */
function compare(ours, baseline, name) {
  return pairedRatio(
    ours.map((round) => round[name]),
    baseline.map((round) => round[name]),
  )
}

const FIGURES = /** @type {const} */ ([
  'perSecond',
  'perCpuSecond',
  'p50',
  'p99',
  'serverCpu',
  'serverWaited',
  'clientCpu',
])

/**
 * @param {readonly Measured[]} rounds
 * @returns {Record<typeof FIGURES[number], number>}
 */
export function summary(rounds) {
  const entries = FIGURES.map((name) => [name, median(rounds.map((round) => round[name]))])
  return Object.fromEntries(entries)
}

const WARM_UP_MS = 6000

/**
 * Runs rounds until so many requests were answered that Node has compiled what it will; for a while at most.
 *
 * @param {number} requests
 * @param {() => Promise<Measured>} round
 */
export async function warmUp(requests, round) {
  const end = performance.now() + WARM_UP_MS
  let answered = 0
  while (answered < requests && performance.now() < end) answered += (await round()).answered
}
