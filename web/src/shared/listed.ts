import { preferences } from './preferences'

/** Several words in a row, as the reader's language puts them. */
export function listed(words: readonly string[]): string {
  return words.join(preferences.locale === 'en' ? ', ' : '、')
}

/** What something is, and what was said of it. */
export function spoken(what: string, words: string): string {
  return preferences.locale === 'en' ? `${what}: ${words}` : `${what}：${words}`
}
