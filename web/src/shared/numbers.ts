/** The numbers of cases and other records: eighteen digits, told in three groups of six. */

/** The same in the path of a route. */
export const NUMBER_IN_PATH = '(\\d{6}-?\\d{6}-?\\d{6})'

/** A number as the interface tells it, however it was written; `undefined`: it is none. */
export function asNumber(text: string): string | undefined {
  const digits = text.replace(/[\s\-－—]/g, '')
  return /^\d{18}$/.test(digits) ? `${digits.slice(0, 6)}-${digits.slice(6, 12)}-${digits.slice(12)}` : undefined
}
