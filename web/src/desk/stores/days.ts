/** Days as the place counts them, written `2024-03-15`. */

const DAY = 24 * 60 * 60 * 1000
const at = (day: string) => Date.parse(`${day}T00:00:00Z`)
const written = (moment: number) => new Date(moment).toISOString().slice(0, 10)

/** The day on the calendar at the wall. */
export function today(now = Date.now()): string {
  return written(now - new Date(now).getTimezoneOffset() * 60_000)
}

export const plusDays = (day: string, days: number): string => written(at(day) + days * DAY)

/** Every day from one to another, both included. */
export function daysBetween(from: string, to: string): string[] {
  const count = Math.max(0, Math.round((at(to) - at(from)) / DAY) + 1)
  return Array.from({ length: count }, (_, nth) => plusDays(from, nth))
}

/** 0 is Monday: a week of work begins with it. */
export const weekday = (day: string): number => (new Date(at(day)).getUTCDay() + 6) % 7

export const mondayOf = (day: string): string => plusDays(day, -weekday(day))

export const isDay = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(at(text)) && written(at(text)) === text

/** The day that an address names, where there is such a day and it has begun; what it names else is today. */
export const dayShown = (text: string | undefined, now = today()): string | undefined => (text && isDay(text) && text < now ? text : undefined)

/** `2024-03-15` in words of a language, with its weekday. */
export function dayInWords(day: string, locale: string): string {
  const how: Intl.DateTimeFormatOptions = { year: 'numeric', month: 'long', day: 'numeric', weekday: 'long', timeZone: 'UTC' }
  return new Intl.DateTimeFormat(locale === 'en' ? 'en-GB' : 'zh-CN', how).format(at(day))
}
