import { describe, expect, test } from 'vitest'
import { stampContent, tokenInContent } from '../src/stamp-content.ts'
import { isInTheWay, plainName, resolvePath, TopFolder } from '../src/stamp-path.ts'
import { TOKEN } from './stamping.ts'

const topOf = (names: string[]) => {
  const top = new TopFolder()
  for (const name of names) top.add(name, name.endsWith('/'))
  return top.name
}

describe('the top-level folder', () => {
  test.each<[string, string[], string | null]>([
    ['of nothing', [], null],
    ['of one folder', ['a/'], 'a'],
    ['of what lies in one', ['a/b', 'a/c/d', 'a/'], 'a'],
    ['of a tar that names its own folder', ['./', './a/', './a/b'], 'a'],
    ['of two', ['a/b', 'c/d'], null],
    ['with a file beside it', ['a/b', 'c'], null],
    ['of a file alone', ['a'], null],
    ['in another case', ['a/b', 'A/c'], null],
    ['by backslashes', ['a\\b', 'a\\c'], 'a'],
  ])('%s', (_, names, top) => {
    expect(topOf(names)).toBe(top)
  })

  test('stands for {top}, as often as it is asked for and whatever it is called', () => {
    expect(resolvePath('{top}/x/{top}', 'a')).toBe('a/x/a')
    expect(resolvePath('{top}/x', '$&')).toBe('$&/x')
    expect(resolvePath(undefined, 'x'.repeat(250))).toBe('partner_ref')
    expect(resolvePath(undefined, '..')).toBe('partner_ref')
  })
})

test.each([
  ['', ''],
  ['./', ''],
  ['a', 'a'],
  ['./a', 'a'],
  ['a/', 'a'],
  ['//a//./b/', 'a/b'],
  ['a\\b', 'a/b'],
  ['.a/..b', '.a/..b'],
])('the plain name of %j is %j', (name, plain) => {
  expect(plainName(name)).toBe(plain)
})

test.each<[string, boolean, boolean]>([
  ['a/b', false, true],
  ['A/B', false, true],
  ['a/b', true, true],
  ['a/b/c', false, true],
  ['a', false, true],
  ['a', true, false],
  ['a/', true, false],
  ['./', true, false],
  ['a/bc', false, false],
  ['a/c', false, false],
  ['b', false, false],
])('%j (a folder: %j) in the way of a/b: %j', (name, isFolder, expected) => {
  expect(isInTheWay(name, isFolder, 'a/b')).toBe(expected)
})

test.each([
  ['a token and a line feed', `${TOKEN}\n`, TOKEN],
  ['no line feed', TOKEN, null],
  ['two', `${TOKEN}\n\n`, null],
  ['a carriage return', `${TOKEN}\r\n`, null],
  ['two lines', `${TOKEN}\n${TOKEN}\n`, null],
  ['nothing', '', null],
  ['a line feed alone', '\n', null],
  ["a vendor's placeholder", 'UNSTAMPED\n', null],
  ['a mark of byte order', `\ufeff${TOKEN}\n`, null],
  ['more than any token', `s1.a.${'x'.repeat(300)}\n`, null],
])('a stamp file of %s', (_, text, token) => {
  expect(tokenInContent(new TextEncoder().encode(text))).toBe(token)
  if (token !== null) expect(Buffer.from(stampContent(token)).toString()).toBe(text)
})
