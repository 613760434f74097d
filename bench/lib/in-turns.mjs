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
  const measured = { ours: /** @type {Measured[]} */ ([]), baseline: /** @type {Measured[]} */ ([]) }
  for (let pair = 0; pair < pairs; pair++) {
    if (pair % 2 === 0) measured.baseline.push(await baseline())
    measured.ours.push(await ours())
    if (pair % 2 === 1) measured.baseline.push(await baseline())
  }
  const rates = {
    ours: measured.ours.map((round) => round.perSecond),
    baseline: measured.baseline.map((round) => round.perSecond),
  }
  return {
    ...pairedRatio(rates.ours, rates.baseline),
    ours: summary(measured.ours),
    baseline: summary(measured.baseline),
  }
}

/** @param {readonly Measured[]} rounds */
function summary(rounds) {
  /** @param {keyof Measured & ('perSecond' | 'p50' | 'p99' | 'serverCpu' | 'clientCpu')} name */
  const middle = (name) => median(rounds.map((round) => round[name]))
  return {
    perSecond: middle('perSecond'),
    p50: middle('p50'),
    p99: middle('p99'),
    serverCpu: middle('serverCpu'),
    clientCpu: middle('clientCpu'),
  }
}
