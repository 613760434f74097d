/** The frame of every public page: nothing is loaded, nothing runs, and it works in every browser. */
import { createHash } from 'node:crypto'
import { raw } from 'hono/html'
import type { Child } from 'hono/jsx'

const STYLE = `
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#57606a;--line:#d0d7de;--paper:#fff;--accent:#0a5bc4;--on:#fff;--bad:#b3261e}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9ea7b3;--line:#3d444d;--paper:#14181d;--accent:#6cb0ff;--on:#08131f;--bad:#ff9b94}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.5 system-ui,sans-serif}
main{max-width:40rem;margin:0 auto;padding:1.5rem 1rem 3rem}
h1{font-size:1.6rem;line-height:1.2;margin:.25rem 0 1rem;overflow-wrap:anywhere}
p{margin:.5rem 0}
.vendor,.soft{color:var(--soft)}
.soft{font-size:.9rem}
label{display:block;font-weight:600;margin-bottom:.25rem}
input{width:100%;min-height:2.9rem;padding:.5rem .75rem;font:inherit;color:inherit;background:transparent;border:1px solid var(--soft);border-radius:.4rem}
input[aria-invalid]{border-color:var(--bad);border-width:2px}
.problem{color:var(--bad);font-weight:600}
ul{list-style:none;margin:1rem 0 0;padding:0}
li{border-top:1px solid var(--line);padding:1rem 0}
button{width:100%;min-height:2.9rem;padding:.6rem 1rem;font:inherit;font-weight:600;color:var(--on);background:var(--accent);border:0;border-radius:.4rem;cursor:pointer;overflow-wrap:anywhere}
button:hover{filter:brightness(1.1)}
a{color:var(--accent)}
a:focus-visible,button:focus-visible,input:focus-visible,summary:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
summary{padding:.6rem 0;cursor:pointer}
code{font:.8rem/1.4 ui-monospace,monospace;overflow-wrap:anywhere}
`

/** The policy that goes with these pages. */
export const PAGE_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** A whole document. */
export function Page({ title, children }: { title: string; children: Child }) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width,initial-scale=1" />
        <title>{title}</title>
        <style>{raw(STYLE)}</style>
      </head>
      <body>
        <main>{children}</main>
      </body>
    </html>
  )
}

/** A document as text. */
export function toHtml(page: { toString(): string | Promise<string> }): string {
  return `<!doctype html>${page.toString()}`
}
