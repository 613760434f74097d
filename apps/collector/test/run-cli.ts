import { run } from '../src/cli/run.ts'

/** Runs a command in this process; what it wrote stands in `out` and `err`. */
export async function runCli(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  isTerminal = false,
): Promise<{ code: number; out: string; err: string }> {
  let out = ''
  let err = ''
  const io = {
    out: (text: string) => {
      out += text
    },
    err: (text: string) => {
      err += text
    },
    isTerminal,
  }
  const code = await run([...args], env, io)
  return { code, out, err }
}
