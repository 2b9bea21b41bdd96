import { watch } from 'vue'
import { createI18n } from 'vue-i18n'
import { preferences } from './preferences'
import sharedEn from './messages/en'
import sharedZh from './messages/zh-CN'

/** The same tree of keys with words of another language. */
export type SameKeys<T> = { [K in keyof T]: T[K] extends string ? string : SameKeys<T[K]> }

/** The words of an app: its own beside those that both have. Chinese is the source; English has the same keys. */
export function words<T extends object>(zh: T, en: SameKeys<T>) {
  const i18n = createI18n({
    legacy: false,
    locale: preferences.locale,
    fallbackLocale: 'zh-CN',
    messages: { 'zh-CN': { ...sharedZh, ...zh }, en: { ...sharedEn, ...en } },
  })
  watch(
    () => preferences.locale,
    (locale) => {
      i18n.global.locale.value = locale
    },
  )
  return i18n
}
