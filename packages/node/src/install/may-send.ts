import { type Claim, NONE, TYPED } from './claim.ts'
import type { Environment } from './config.ts'

/** Why nothing leaves the machine. */
export type Obstacle = 'declined' | 'no_consent' | 'ci' | 'do_not_track'

export interface Permission {
  claims: readonly Claim[]
  consent?: boolean | 'notice' | undefined
  explicit?: boolean | undefined
  force?: boolean | undefined
}

/** What build services set, beside the `CI` of most of them. */
const CI_VARIABLES = [
  'CI',
  'GITHUB_ACTIONS',
  'GITLAB_CI',
  'CIRCLECI',
  'TRAVIS',
  'APPVEYOR',
  'BUILDKITE',
  'DRONE',
  'JENKINS_URL',
  'TEAMCITY_VERSION',
  'TF_BUILD',
  'CODEBUILD_BUILD_ID',
  'BITBUCKET_BUILD_NUMBER',
] as const

/** What forbids to send, the strongest reason first; `undefined` where nothing does. */
export function obstacleTo(asked: Permission, env: Environment): Obstacle | undefined {
  if (asked.claims.at(-1)?.value === NONE) return 'declined'
  if (asked.consent !== true && asked.consent !== 'notice') return 'no_consent'
  if (asked.force !== true && CI_VARIABLES.some((name) => isOn(env[name]))) return 'ci'
  if (isOn(env['DO_NOT_TRACK']) && !isOwnAct(asked)) return 'do_not_track'
  return undefined
}

/** Whether a variable is switched on: anything but empty, `0` and `false`. */
export function isOn(value: string | undefined): boolean {
  return value !== undefined && !/^(0|false)?$/i.test(value)
}

/** Somebody typed a code and asked to register it: their act, no tracking. */
function isOwnAct({ claims, explicit }: Permission): boolean {
  return explicit === true && claims.some(({ source }) => TYPED.has(source))
}
