/** Reads the shop's settings from the environment. */
export function readEnvironment(env) {
  const missing = ['SENTBY_ENDPOINT', 'SENTBY_KEY', 'SENTBY_PUBLISHABLE_KEY'].filter(
    (name) => !env[name],
  )
  if (missing.length > 0) throw new Error(`Set ${missing.join(', ')} (README.md tells how).`)
  return {
    endpoint: env.SENTBY_ENDPOINT,
    publicEndpoint: env.SENTBY_PUBLIC_ENDPOINT,
    key: env.SENTBY_KEY,
    publishableKey: env.SENTBY_PUBLISHABLE_KEY,
    consent: env.SENTBY_CONSENT,
    host: env.HOST,
    port: Number(env.PORT ?? 8788),
  }
}
