import { useI18n } from 'vue-i18n'

/** A time as rules write it, `3 workdays`, in words; `undefined`: it is none. */
export function useDurations() {
  const { t, te } = useI18n()
  return (text: string): string | undefined => {
    const [, amount, unit] = /^(\d+) ([a-z_]+?)s?$/.exec(text) ?? []
    const words = `admin.rules.durations.${unit}`
    return amount && te(words) ? t(words, { n: amount }, Number(amount)) : undefined
  }
}
