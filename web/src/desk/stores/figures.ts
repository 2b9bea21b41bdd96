import { computed } from 'vue'
import { api, ask, type CaseSummary, type Schemas } from '@/shared/api/client'
import { worksAtDesk } from '../lists'
import { useSession } from './session'

export type DayAgainstUsual = Schemas['DayAgainstUsual']
export type Standing = Schemas['Standing']
export type Measure = Schemas['Tally']

/** A day's filings beside those of the same weekday in the weeks before. */
export const dayAgainstUsual = (unit: string, day: string) => ask(api.GET('/api/v1/tallies/day', { params: { query: { unit, day } } }))

/** Where the open cases stand now. */
export const standing = (unit: string) => ask(api.GET('/api/v1/tallies/standing', { params: { query: { unit } } }))

/** What was counted in an area on each of some days. */
export const tallies = (unit: string, from: string, to: string) =>
  ask(api.GET('/api/v1/tallies', { params: { query: { unit, from, to } } }))

/** The measure that counts everything that reached a milestone, whatever the packs in force call it. */
export function measureOf(items: Measure[], milestone: string): Measure | undefined {
  return items.find((one) => one.on === milestone && !one.conditional)
}

export const countOn = (measure: Measure | undefined, day: string): number =>
  measure?.days.find((one) => one.day === day)?.count ?? 0

export const countBetween = (measure: Measure | undefined, from: string, to: string): number =>
  (measure?.days ?? []).filter((one) => one.day >= from && one.day <= to).reduce((sum, one) => sum + one.count, 0)

export type Rates = Schemas['Rates']
export type RatesRow = Schemas['RatesRowView']
export type RatesBy = 'district' | 'subdistrict' | 'community' | 'department' | 'month' | 'matter' | 'channel'

export const ratesOf = (period: string, by: RatesBy, within?: string) =>
  ask(api.GET('/api/v1/rates', { params: { query: { period, by, within } } }))

/** The rates that residents gave: those that come of a sample, compared first everywhere. */
export function sampled(rates: Rates): Schemas['RateInWords'][] {
  return rates.rates.filter((rate) => rates.total.rates[rate.name]?.sample !== undefined)
}

/** Its place, or why it has none. */
export const rankOf = (row: RatesRow) => Object.values(row.scores)[0]

/** What is asked for behind a number, as it stands in the address: strings throughout. */
export interface BehindAsk {
  /** Cases that were counted: which measures, and in which months or on which days. */
  measures?: string
  period?: string
  answers?: string
  channel?: string
  /** Cases that are open now, by how their limit stands. */
  due?: Due
  /** Which unit leads, or in which area they lie. */
  lead?: string
  unit?: string
  matter?: string
}
export type Due = 'late' | 'near' | 'escalated' | 'any'

export interface CasePage {
  items: CaseSummary[]
  next?: string | undefined
}

/** A page of the cases behind a number. */
export function behind(of: BehindAsk, now: number, after?: string, limit = 100): Promise<CasePage> {
  if (of.measures !== undefined) {
    const { measures, period = '', unit, matter, channel } = of
    const query = { measures, period, unit, matter, channel, answers: of.answers ? true : undefined, after, limit }
    return ask(api.GET('/api/v1/rates/cases', { params: { query } }))
  }
  const moment = (at: number) => new Date(at).toISOString()
  const query = {
    relation: of.lead ? ('lead' as const) : ('area' as const),
    unit: of.lead ?? of.unit,
    matter: of.matter,
    open: true,
    // Open cases sort by their next limit: those before now are overdue.
    until: of.due === 'late' ? moment(now) : undefined,
    near: of.due === 'near' || undefined,
    escalated: of.due === 'escalated' || undefined,
    after,
    limit,
  }
  return ask(api.GET('/api/v1/cases', { params: { query } }))
}

/** Whether a code is that of an area: twelve digits without a department behind them. */
export const isArea = (code: string) => !code.includes('-')
/** How fine an area is: fewer digits that say something, wider. */
const fineness = (code: string) => code.replace(/0+$/, '').length

/** The widest area that somebody sees: their own, or that of the desk they work at; none for somebody of a department. */
export function useArea() {
  const { me, roles } = useSession()
  return computed<string | undefined>(() => {
    const isDesk = worksAtDesk(roles.value)
    const units = (me.value?.grants ?? []).map((grant) => grant.unit.code)
    const areas = units.flatMap((code) => (isArea(code) ? [code] : isDesk ? [code.slice(0, code.indexOf('-'))] : []))
    return areas.sort((a, b) => fineness(a) - fineness(b))[0]
  })
}
