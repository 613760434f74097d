import { html } from '../html.mjs'

/**
 * The frame of every page, with Sentby's script in its head.
 *
 * @param {{ title: string, path: string, main: unknown, shop: import('../server.mjs').ShopSettings }} page
 */
export function layout({ title, path, main, shop }) {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/shop.css">
<script src="/shop.js" defer></script>
${scriptTag(shop)}
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header class="top">
<a class="logo" href="/"><img src="/favicon.svg" width="28" height="28" alt="">Acme</a>
<nav aria-label="Main">
${navLink('/#pricing', 'Pricing', path)}
${navLink('/credit', 'Who gets the credit', path)}
<a class="button small" href="/signup">Sign up</a>
</nav>
</header>
<main id="main">
${main}
</main>
${shop.consent === 'required' && consentBanner()}
<footer><p>Acme is a demo shop: nothing is sold, no e-mail is sent, no money moves.</p></footer>
</body>
</html>`
}

/** The one line that a vendor adds. */
function scriptTag({ publicEndpoint, publishableKey, consent }) {
  const needsConsent = consent === 'required' && html` data-sentby-consent="required"`
  return html`<script async src="${publicEndpoint}/s.js" data-sentby-key="${publishableKey}"${needsConsent}></script>`
}

function navLink(href, text, path) {
  return html`<a href="${href}"${href === path && html` aria-current="page"`}>${text}</a>`
}

/** Hidden until the shop's script knows that nobody answered yet. */
function consentBanner() {
  return html`<section class="consent" id="consent" aria-labelledby="consent-title" hidden>
<p id="consent-title">May we remember which partner sent you?</p>
<div><button type="button" class="button small" data-consent="yes">Yes</button>
<button type="button" class="button small quiet" data-consent="no">No</button></div>
</section>`
}
