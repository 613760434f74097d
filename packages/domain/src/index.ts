export { decide, decideUnder } from './attribution/decide.ts'
export {
  decideInstallation,
  decideInstallationUnder,
} from './attribution/decide-installation.ts'
export { type Lead, readLead } from './attribution/leads.ts'
export * from './configuration.ts'
export * from './decision.ts'
export * from './email.ts'
export * from './facts.ts'
export * from './policy.ts'
export * from './rewards/index.ts'
export * from './sales.ts'
export * from './time.ts'
