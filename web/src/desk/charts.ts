// What the desk's charts draw. Each is made anew with the inks of the page as it looks now.
import { band, bars, frame, line, type ChartOption, type Inks } from '@/shared/components/chart-option'

interface Hour {
  hour: number
  count: number
  middle: number
  low: number
  high: number
}

/** A day's hours before the usual: a bar beside a line, and the line in its band. */
export function hoursChart(rows: Hour[], last: number, words: { day: string; middle: string }) {
  return (inks: Inks): ChartOption =>
    frame(
      inks,
      rows.map((row) => String(row.hour)),
      [
        ...band(inks, rows.map((row) => row.low), rows.map((row) => row.high)),
        bars(inks, words.day, rows.map((row) => (row.hour > last ? null : row.count))),
        { ...line(inks, words.middle, rows.map((row) => row.middle)), step: 'middle', symbol: 'none' },
      ],
    )
}

/** Filings as bars, closings as a line, day by day. */
export function daysChart(rows: { day: string; filed: number; closed: number }[], words: { filed: string; closed: string }) {
  return (inks: Inks): ChartOption =>
    frame(
      inks,
      rows.map((row) => row.day.slice(5)),
      [bars(inks, words.filed, rows.map((row) => row.filed)), line(inks, words.closed, rows.map((row) => row.closed))],
    )
}

/** Rates, month by month, up to everything; the axis begins at the tenth below the least of them. */
export function ratesChart(months: string[], rates: { words: string; values: (number | null)[] }[]) {
  const known = rates.flatMap((rate) => rate.values).filter((value) => value !== null)
  const least = Math.max(0, Math.floor(Math.min(1, ...known) * 10 - 1) / 10)
  const write = (value: number) => `${Math.round(value * 1000) / 10} %`
  return (inks: Inks): ChartOption =>
    frame(
      inks,
      months,
      rates.map((rate, at) => line(inks, rate.words, rate.values, at)),
      { write, least },
    )
}
