import { html } from '../html.mjs'
import { PLANS, priceText } from '../plans.mjs'

const FEATURES = [
  ['Log the hours', 'Start a timer or type “2 h”. On the phone, at the desk, in the train.'],
  [
    'Send the invoice',
    'On the last day of the month it is written. You look at it and press Send.',
  ],
  ['Get paid', 'Acme reminds politely, so that you need not.'],
]

/** What a visitor sees first: the product and its prices. */
export function landing() {
  return {
    title: 'Acme: from hours to invoices',
    main: html`<section class="hero">
<div>
<h1>From hours to invoices, by itself.</h1>
<p class="lead">Acme turns the time you log into invoices that your customers pay.</p>
<p class="actions"><a class="button" href="/signup">Try it free</a> <a class="button quiet" href="#pricing">See the prices</a></p>
</div>
${invoiceCard()}
</section>
<section class="features" aria-label="What it does">
${FEATURES.map(([title, text]) => html`<div><h2>${title}</h2><p>${text}</p></div>`)}
</section>
<section id="pricing" aria-labelledby="pricing-title">
<h2 id="pricing-title" class="centered">Simple prices</h2>
<p class="centered soft">A month, per company. Cancel any day.</p>
<div class="plans">${PLANS.map(planCard)}</div>
</section>`,
  }
}

function planCard(plan) {
  return html`<article class="plan${plan.isPopular && ' popular'}">
<h3>${plan.name}${plan.isPopular && html` <span class="tag">Most chosen</span>`}</h3>
<p class="plan-for soft">${plan.for}</p>
<p class="price">${priceText(plan.price)} <span>a month</span></p>
<ul class="ticks">${plan.points.map((point) => html`<li>${point}</li>`)}</ul>
<a class="button${!plan.isPopular && ' quiet'}" href="/signup?plan=${plan.id}">Choose ${plan.name}</a>
</article>`
}

/** A picture of the product, made of text. */
function invoiceCard() {
  return html`<div class="invoice" aria-hidden="true">
<p class="invoice-head"><b>Invoice 0042</b><span class="tag good">Paid</span></p>
<p><span>Design, 12.5 h</span><span>€1,125</span></p>
<p><span>Workshop, 4 h</span><span>€480</span></p>
<p><span>Travel</span><span>€64</span></p>
<p class="invoice-sum"><b>Total</b><b>€1,669</b></p>
</div>`
}
