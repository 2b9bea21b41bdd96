import type { Locale } from '@/shared/preferences'

/**
 * Days and months as residents say them. The interface gives RFC 3339 in the place's offset: what stands in the text is
 * the day on the calendar there, wherever the browser is.
 */

const ENGLISH = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sept', 'Oct', 'Nov', 'Dec']

/** `11月23日`, `23 Nov`; with its year where that is another than `year`. */
export function dayWords(moment: string, locale: Locale, year: number): string {
  const [y = 0, m = 1, d = 1] = moment.slice(0, 10).split('-').map(Number)
  if (locale === 'en') return `${d} ${ENGLISH[m - 1]}${y === year ? '' : ` ${y}`}`
  return `${y === year ? '' : `${y}年`}${m}月${d}日`
}

/** `11月23日 14:33`, `23 Nov, 14:33`. */
export function momentWords(moment: string, locale: Locale, year: number): string {
  return `${dayWords(moment, locale, year)}${locale === 'en' ? ',' : ''} ${moment.slice(11, 16)}`
}

/** A month or a year of figures: `2026年10月`, `Oct 2026`; `2026年`, `2026`. Anything else stays as it is. */
export function periodWords(period: string, locale: Locale): string {
  const [, year, month] = /^(\d{4})(?:-(\d{2}))?$/.exec(period) ?? []
  if (!year) return period
  if (locale === 'en') return month ? `${ENGLISH[Number(month) - 1]} ${year}` : year
  return month ? `${year}年${Number(month)}月` : `${year}年`
}

/** The months before and up to that of a day, the latest first: `2026-11`, `2026-10` … */
export function monthsUntil(day: string, count: number): string[] {
  const last = Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7)) - 1
  return Array.from({ length: count }, (_, back) => {
    const month = last - back
    return `${Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, '0')}`
  })
}
