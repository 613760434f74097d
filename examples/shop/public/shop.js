// The shop's own script: what a partner code came to, the consent banner, and the live credit page.

// Calls made before Sentby's script is there wait in this queue.
window.sentby =
  window.sentby ||
  ((...args) => {
    window.sentby.q = [...(window.sentby.q || []), args]
  })

const CODE_NOTES = {
  accepted: ['good', 'Thank you! This code is valid.'],
  unknown_code: ['bad', 'No partner has this code. You can sign up without it.'],
  inactive: ['bad', 'This code is not in use any more. You can sign up without it.'],
  not_creditable: ['bad', 'This code cannot be used here. You can sign up without it.'],
  invalid: ['bad', 'This does not look like a partner code.'],
  queued: ['', 'Noted. We check the code as soon as we can.'],
  deferred: ['', 'Noted. We check the code as soon as we can.'],
}

const note = document.querySelector('#code-note')
if (note) {
  document.addEventListener('sentby:verdict', ({ detail }) => {
    const [look, text] = CODE_NOTES[detail.status] || ['', '']
    note.className = `note ${look}`
    note.textContent = detail.partner
      ? `Thank you! This is the code of ${detail.partner.name}.`
      : text
  })
  const field = document.querySelector('[data-sentby-code]')
  field.addEventListener('input', (event) => {
    // The script's own event: it has filled the field in.
    note.className = 'note'
    note.textContent = event.isTrusted ? '' : 'Filled in from the partner link that you followed.'
  })
}

const banner = document.querySelector('#consent')
if (banner) {
  const CHOICE = 'acme_consent'
  const answer = (choice) => window.sentby('consent', choice === 'yes')
  const choice = localStorage.getItem(CHOICE)
  if (choice) answer(choice)
  else banner.hidden = false
  banner.addEventListener('click', ({ target }) => {
    const given = target.dataset.consent
    if (!given) return
    localStorage.setItem(CHOICE, given)
    answer(given)
    banner.hidden = true
  })
}

const startOver = document.querySelector('[data-start-over]')
if (startOver) {
  // Forgets the visitor here; the form then signs out.
  startOver.addEventListener('submit', () => window.sentby('consent', false))
}

const story = document.querySelector('[data-live]')
if (story) {
  const EVERY_MS = 1000
  const news = document.querySelector('#news')
  let before = ''

  const look = async () => {
    if (document.hidden) return
    const response = await fetch('/credit?part=story')
    const text = await response.text()
    if (!response.ok || text === before) return
    const isFirst = before === ''
    before = text
    if (isFirst) return
    const wasOpen = story.querySelector('details')?.open
    story.innerHTML = text
    const details = story.querySelector('details')
    if (details && wasOpen) details.open = true
    news.textContent = story.querySelector('#headline').textContent
  }

  const again = () =>
    look()
      .catch(() => {})
      .then(() => setTimeout(again, EVERY_MS))
  void again()
}
