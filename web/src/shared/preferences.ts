import { reactive, watchEffect } from 'vue'

export type Locale = 'zh-CN' | 'en'
export type Theme = 'auto' | 'light' | 'dark'

const LOCALE = 'quanyu.locale'
const THEME = 'quanyu.theme'

/** A browser may refuse to keep anything; then a choice lasts as long as the page. */
export function kept(storage: 'localStorage' | 'sessionStorage', key: string): string | null {
  try {
    return globalThis[storage].getItem(key)
  } catch {
    return null
  }
}

export function keep(storage: 'localStorage' | 'sessionStorage', key: string, value: string | null): void {
  try {
    if (value === null) globalThis[storage].removeItem(key)
    else globalThis[storage].setItem(key, value)
  } catch {
    // Full or forbidden: nothing that the person could do about it here.
  }
}

function firstLocale(): Locale {
  const chosen = kept('localStorage', LOCALE)
  if (chosen === 'zh-CN' || chosen === 'en') return chosen
  // Chinese first: English only for somebody whose browser names it and no Chinese.
  const languages = navigator.languages ?? [navigator.language]
  const first = languages.find((tag) => tag.startsWith('zh') || tag.startsWith('en'))
  return first?.startsWith('en') ? 'en' : 'zh-CN'
}

function firstTheme(): Theme {
  const chosen = kept('localStorage', THEME)
  return chosen === 'light' || chosen === 'dark' ? chosen : 'auto'
}

const darkly = globalThis.matchMedia?.('(prefers-color-scheme: dark)')

/** What a person chose for themselves; kept in the browser, not in the account. */
export const preferences = reactive({
  locale: firstLocale(),
  theme: firstTheme(),
  /** What the system prefers; counts while `theme` is `auto`. */
  systemIsDark: darkly?.matches ?? false,
})

/** Whether the page is dark now. */
export function isDark(): boolean {
  return preferences.theme === 'auto' ? preferences.systemIsDark : preferences.theme === 'dark'
}

/** Has the document follow the preferences. Call once, before the app is mounted. */
export function applyPreferences(app: 'portal' | 'desk'): void {
  document.documentElement.dataset.app = app
  darkly?.addEventListener('change', (event) => {
    preferences.systemIsDark = event.matches
  })
  watchEffect(() => {
    document.documentElement.lang = preferences.locale
    document.documentElement.dataset.theme = isDark() ? 'dark' : 'light'
  })
}

export function chooseLocale(locale: Locale): void {
  preferences.locale = locale
  keep('localStorage', LOCALE, locale)
}

export function chooseTheme(theme: Theme): void {
  preferences.theme = theme
  keep('localStorage', THEME, theme === 'auto' ? null : theme)
}
