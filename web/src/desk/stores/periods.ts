/** Periods of figures, written as the interface does: `2024`, `2024-03`, `2024-01..2024-03`. */

export type PeriodKind = 'month' | 'quarter' | 'year'
export const PERIOD_KINDS: PeriodKind[] = ['month', 'quarter', 'year']

const two = (n: number) => String(n).padStart(2, '0')

/** A month as a number that can be counted with. */
const index = (month: string) => Number(month.slice(0, 4)) * 12 + Number(month.slice(5, 7)) - 1
const month = (index: number) => `${Math.floor(index / 12)}-${two((index % 12) + 1)}`

export const plusMonths = (of: string, months: number): string => month(index(of) + months)

export function kindOf(period: string): PeriodKind {
  if (period.includes('..')) return 'quarter'
  return period.length === 4 ? 'year' : 'month'
}

export const firstMonth = (period: string): string => (period.length === 4 ? `${period}-01` : period.slice(0, 7))
export const lastMonth = (period: string): string =>
  period.length === 4 ? `${period}-12` : (period.split('..')[1] ?? period).slice(0, 7)

const quarter = (first: string): string => `${first}..${plusMonths(first, 2)}`

/** The period of a kind in which a month lies. */
export function periodOf(kind: PeriodKind, of: string): string {
  if (kind === 'year') return of.slice(0, 4)
  if (kind === 'month') return of
  return quarter(month(Math.floor(index(of) / 3) * 3))
}

/** The period of the same length just before. */
export function before(period: string): string {
  const first = firstMonth(period)
  switch (kindOf(period)) {
    case 'year':
      return String(Number(period) - 1)
    case 'quarter':
      return quarter(plusMonths(first, -3))
    default:
      return plusMonths(first, -1)
  }
}

/** Whether it is one: months that there are, and a quarter where there is more than one. */
export function isPeriod(text: string): boolean {
  const isMonth = (part: string) => /^\d{4}-(0[1-9]|1[0-2])$/.test(part)
  if (text.includes('..')) return isMonth(text.slice(0, 7)) && text === periodOf('quarter', text.slice(0, 7))
  return /^\d{4}$/.test(text) || isMonth(text)
}

/** Periods of a kind, the one in which `month` lies first, then backwards. */
export function latest(kind: PeriodKind, month: string, count: number): string[] {
  const periods = [periodOf(kind, month)]
  while (periods.length < count) periods.push(before(periods.at(-1) ?? ''))
  return periods
}

/** Whether it is over on a day. */
export const isOver = (period: string, today: string): boolean => lastMonth(period) < today.slice(0, 7)
