import { html } from '../html.mjs'

/**
 * The demo page: what happened in this browser, and why the credit is as it is. `#story` is replaced as
 * things happen (shop.js); without JavaScript a reload shows the same.
 *
 * @param {import('../story.mjs').Story} story
 */
export function creditPage(story, { demoLinks }) {
  return {
    title: 'Who gets the credit: Acme',
    main: html`<div class="wide-page">
<h1>Who gets the credit, and why</h1>
<p class="lead">What a real customer never sees: this page asks the collector about <em>this browser’s</em> customer and shows its answer.</p>
<div class="columns">
<div id="story" data-live>${storyPart(story)}</div>
<aside>${tryIt(demoLinks)}</aside>
</div>
<p class="hidden" id="news" role="status"></p>
</div>`,
  }
}

/** The part that changes. */
export function storyPart(story) {
  return html`<section class="verdict ${story.look}" aria-labelledby="headline">
<h2 id="headline">${story.headline}</h2>
<p>${story.because}</p>
</section>
<section aria-labelledby="happened">
<h2 id="happened">What happened</h2>
${
  story.steps.length > 0
    ? html`<ol class="steps">${story.steps.map(step)}</ol>`
    : html`<p class="empty">Nothing yet. Follow a partner’s link, or sign up.</p>`
}
</section>
${
  story.facts.length > 0 &&
  html`<section aria-labelledby="decision"><h2 id="decision">The decision</h2>
<dl class="facts">${story.facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${instant(value)}</dd></div>`)}</dl></section>`
}
${
  story.answer &&
  html`<details><summary>The collector’s answer, as it came</summary>
<pre tabindex="0">${JSON.stringify(story.answer, null, 2)}</pre></details>`
}`
}

function step({ at, title, detail, badge, look, id }) {
  return html`<li class="${look ?? 'plain'}">
<p class="step-head"><b>${title}</b>${badge && html` <span class="tag ${look}">${badge}</span>`}</p>
${detail && html`<p>${detail}</p>`}
<p class="soft small">${instant(at)}${id && html` · <code>${id}</code>`}</p>
</li>`
}

function tryIt(demoLinks) {
  return html`<section class="card try" aria-labelledby="try">
<h2 id="try">Try it</h2>
<ol>
${
  demoLinks.length > 0 &&
  html`<li>Follow a partner’s link:<ul>${demoLinks.map(({ label, url }) => html`<li><a href="${url}">${label}</a></li>`)}</ul></li>`
}
<li><a href="/signup">Sign up</a>, with or without typing a partner’s code.</li>
<li>Buy something, and look here again.</li>
</ol>
<form method="post" action="/start-over" data-start-over>
<button class="button quiet wide" type="submit">Start over</button>
</form>
</section>`
}

/** An instant as a person reads it, anything else as it is. */
function instant(value) {
  if (!/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value)) return value
  const text = new Intl.DateTimeFormat('en-GB', {
    dateStyle: 'medium',
    timeStyle: 'medium',
    timeZone: 'UTC',
  }).format(new Date(value))
  return html`<time datetime="${value}">${text} UTC</time>`
}
