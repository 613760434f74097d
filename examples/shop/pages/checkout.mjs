import { html } from '../html.mjs'
import { priceText } from '../plans.mjs'

/** The step between account and purchase; `verdict` is what became of a typed partner code. */
export function checkout(plan, { verdict }) {
  return {
    title: 'Checkout: Acme',
    main: html`<div class="narrow">
<h1>Your account is ready</h1>
${verdict === 'unknown_code' && html`<p class="banner">No partner has the code that you typed. Your account is fine without it.</p>`}
<form class="card" method="post" action="/buy">
<input type="hidden" name="plan" value="${plan.id}">
<h2>${plan.name}</h2>
<ul class="ticks">${plan.points.map((point) => html`<li>${point}</li>`)}</ul>
<p class="sum"><span>Due today</span><b>${priceText(plan.price)}</b></p>
<button class="button wide" type="submit">Pay ${priceText(plan.price)}</button>
<p class="note centered">A demo: no card is asked for and nothing is charged.</p>
</form>
</div>`,
  }
}

/** After a purchase. */
export function thankYou(plan, order) {
  return {
    title: 'Thank you: Acme',
    main: html`<div class="narrow centered">
<p class="big-sign" aria-hidden="true">✓</p>
<h1>Thank you!</h1>
<p class="lead">Acme ${plan.name} is yours. Your order is <code>${order}</code>.</p>
<p class="actions"><a class="button" href="/credit">See who gets the credit</a></p>
</div>`,
  }
}

/** A page for what went wrong. */
export function message(title, text) {
  return {
    title: `${title}: Acme`,
    main: html`<div class="narrow centered"><h1>${title}</h1><p class="lead">${text}</p>
<p class="actions"><a class="button" href="/">To the start</a></p></div>`,
  }
}
