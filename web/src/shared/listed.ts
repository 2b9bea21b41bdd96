import { preferences } from './preferences'

/** Words one after another, as the reader's language separates them; `parts` that are sentences of their own more strongly. */
export function listed(words: string[], parts = false): string {
  if (preferences.locale === 'en') return words.join(parts ? '; ' : ', ')
  return words.join(parts ? '；' : '、')
}

/** What something is, and what was said of it. */
export function spoken(what: string, words: string): string {
  return preferences.locale === 'en' ? `${what}: ${words}` : `${what}：${words}`
}
