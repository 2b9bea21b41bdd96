/**
 * Times as the place's clocks show them. The interface gives RFC 3339 in the place's offset, so what stands in the text is
 * the time on the wall there, wherever the browser is.
 */

/** `2024-03-15` */
export function day(moment: string): string {
  return moment.slice(0, 10)
}

/** `2024-03-15 09:30` */
export function minute(moment: string): string {
  return `${moment.slice(0, 10)} ${moment.slice(11, 16)}`
}

/** `03-15 09:30`, and with the year where it is another than that of `now`. */
export function brief(moment: string, now: string): string {
  return moment.slice(0, 4) === now.slice(0, 4) ? minute(moment).slice(5) : minute(moment)
}

/** The offset of a place's clocks, as its own times show it. */
export function offsetOf(moment: string | undefined): string {
  return /([+-]\d\d:\d\d|Z)$/.exec(moment ?? '')?.[0] ?? '+08:00'
}

/** How far a moment is away: `amount` of `unit`, rounded down, and whether it lies behind. */
export interface Away {
  amount: number
  unit: 'minutes' | 'hours' | 'days'
  past: boolean
}

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

export function away(moment: string, now: number): Away {
  const between = Date.parse(moment) - now
  const span = Math.abs(between)
  const past = between < 0
  if (span >= 2 * DAY) return { amount: Math.floor(span / DAY), unit: 'days', past }
  if (span >= 2 * HOUR) return { amount: Math.floor(span / HOUR), unit: 'hours', past }
  return { amount: Math.floor(span / MINUTE), unit: 'minutes', past }
}

/** Now, as the clocks of a place with the offset of `like` show it. */
export function nowLike(like: string, now: number): string {
  const offset = /([+-])(\d\d):(\d\d)$/.exec(like)
  const minutes = offset ? (offset[1] === '-' ? -1 : 1) * (Number(offset[2]) * 60 + Number(offset[3])) : 0
  const wall = new Date(now + minutes * MINUTE).toISOString().slice(0, 19)
  return wall + (offset ? offset[0] : 'Z')
}

/** The month before that of a local day, `2024-03`. */
export function monthBefore(day: string): string {
  const year = Number(day.slice(0, 4))
  const month = Number(day.slice(5, 7))
  return month === 1 ? `${year - 1}-12` : `${year}-${String(month - 1).padStart(2, '0')}`
}
