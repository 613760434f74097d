/** HTML that is safe to send: made by `html` alone, so that everything else is escaped. */
export class Html {
  /** @param {string} text */
  constructor(text) {
    this.text = text
  }

  toString() {
    return this.text
  }
}

const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/**
 * Builds HTML from a template: values are escaped, other `html` and lists of it go in as they are,
 * `false`, `null` and `undefined` leave nothing.
 *
 * @param {TemplateStringsArray} strings
 * @param {...unknown} values
 */
export function html(strings, ...values) {
  return new Html(strings.reduce((text, part, n) => text + render(values[n - 1]) + part))
}

/** @param {unknown} value @returns {string} */
function render(value) {
  if (value === undefined || value === null || value === false) return ''
  if (value instanceof Html) return value.text
  if (Array.isArray(value)) return value.map(render).join('')
  return String(value).replace(/[&<>"']/g, (sign) => ENTITIES[sign])
}
