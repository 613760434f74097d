import { html } from '../html.mjs'
import { priceText } from '../plans.mjs'

/**
 * The sign-up form. The script fills `[data-sentby-code]` in, claims what a person types there and fires
 * `sentby:verdict`; without the script the field is an ordinary one.
 */
export function signup(plan, { email = '', code = '', problem } = {}) {
  return {
    title: 'Sign up for Acme',
    main: html`<div class="narrow">
<h1>Create your account</h1>
<p class="lead">${plan.name}, ${priceText(plan.price)} a month. You pay in the next step.</p>
<form class="card" method="post" action="/signup">
<input type="hidden" name="plan" value="${plan.id}">
<label for="email">E-mail</label>
<input id="email" name="email" type="email" autocomplete="email" required maxlength="254" placeholder="you@example.com" value="${email}"${problem && html` aria-invalid="true" aria-describedby="email-problem"`}>
${problem && html`<p class="note bad" id="email-problem">${problem}</p>`}
<label for="partner-code">Partner code <span class="soft">(optional)</span></label>
<input id="partner-code" name="partner_code" data-sentby-code autocomplete="off" autocapitalize="characters" spellcheck="false" maxlength="64" aria-describedby="code-note" value="${code}">
<p class="note" id="code-note" role="status"></p>
<button class="button wide" type="submit">Create account</button>
</form>
</div>`,
  }
}
