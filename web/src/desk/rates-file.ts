import { told, type Schemas } from '@/shared/api/client'
import type { Cell } from '@/shared/sheets'
import { rankOf, type RatesRow } from './stores/figures'

/** A table of rates for a spreadsheet, as it is shown: values in per cent, and what each is made of beside it. */
export function ratesSheet(
  rates: Schemas['RateInWords'][],
  total: RatesRow,
  rows: RatesRow[],
  ranks: Map<string, number> | undefined,
  words: { rank: string; head: string; total: string; score: string },
): Cell[][] {
  const scored = ranks !== undefined
  const head: Cell[] = [...(scored ? [words.rank] : []), words.head, ...(scored ? [words.score] : [])]
  for (const rate of rates) head.push(told(rate.title), `${told(rate.title)} ÷`, `÷ ${told(rate.title)}`)
  const number = (value: number | null | undefined): Cell => value ?? null
  const part = (value: number | null | undefined): Cell => (typeof value === 'number' ? { part: value } : null)
  const line = (row: RatesRow, isTotal: boolean): Cell[] => [
    ...(scored ? [isTotal ? null : number(ranks.get(row.code))] : []),
    isTotal ? words.total : told(row.title),
    ...(scored ? [isTotal ? null : part(rankOf(row)?.value)] : []),
    ...rates.flatMap((rate) => {
      const of = row.rates[rate.name]
      return [part(of?.value), number(of?.numerator), number(of?.denominator)]
    }),
  ]
  return [head, line(total, true), ...rows.map((row) => line(row, false))]
}

/** Ranks among some rows alone: as many are before one as have a better score. Those without a place have none here. */
export function ranksAmong(rows: RatesRow[]): Map<string, number> {
  const placed = rows.filter((row) => rankOf(row)?.rank)
  const score = (row: RatesRow) => rankOf(row)?.value ?? 0
  return new Map(placed.map((row) => [row.code, 1 + placed.filter((other) => score(other) > score(row)).length]))
}
