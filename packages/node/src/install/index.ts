export type { Claim, ClaimSource, IgnoredReason } from './claim.ts'
export { type ClaimLine, claimLine, parseClaimLine, type ReadClaimLine } from './claim-line.ts'
export type { ConnectionOptions, Report } from './connection.ts'
export { offlineClaim, type ReportOptions, reportInstall } from './report-install.ts'
export {
  type Ignored,
  type PromptQuestion,
  type Resolved,
  type ResolveOptions,
  resolvePartner,
} from './resolve-partner.ts'
export type { PackageUrl } from './search-files.ts'
export { type SetPartnerOptions, setPartner } from './set-partner.ts'
export { fileStore, type Store } from './store.ts'
