/**
 * Puts a signed partner code into a download and takes it out again, without recompressing.
 *
 * `planFile` once a file, `stamp` once a download, `composedStream` to send it; `readStamp` and `unstamp` for who has
 * a stamped one; `issueToken` and `verifyToken` for what the stamp says.
 *
 * @module
 */

export { composedSource, composedStream, rangeOf } from './composition.ts'
export { detect } from './detect.ts'
export { type HashedPrefix, hashPrefix, sha256 } from './digest.ts'
export { type Proof, proveStampable } from './prove-stampable.ts'
export { bufferSource, type FileSource, fileSource } from './source.ts'
export { isToken } from './stamp-content.ts'
export {
  type FileOptions,
  type FoundStamp,
  type PlannedFile,
  planFile,
  prepare,
  readStamp,
  stamp,
  unstamp,
} from './stamp-file.ts'
export {
  artifactId,
  issueToken,
  readToken,
  type TokenCheck,
  type TokenFields,
  type TokenInput,
  type TokenReason,
  type TokenVerdict,
  tokenScope,
  verifyToken,
} from './token.ts'
export {
  deriveKeys,
  type Ed25519Key,
  type HmacKey,
  type StampKey,
  type StampKeys,
} from './token-key.ts'
export * from './types.ts'
