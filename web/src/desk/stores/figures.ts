import { computed } from 'vue'
import { api, ask, type CaseSummary, type Schemas, type Title, type UnitName } from '@/shared/api/client'
import { worksAtDesk } from '../lists'
import type { Against } from '../usual'
import { useSession } from './session'

/** A day's filings beside those of the same weekday in the weeks before. */
export interface DayAgainstUsual {
  unit: UnitName
  day: string
  /** Time of day up to which days are compared, while the day is not over. */
  until?: string
  past: string[]
  total: Against
  hours: (Against & { hour: number })[]
  subdistricts: (Against & { unit: UnitName })[]
  matters: (Against & { code: string; title: Title })[]
  position: number
  at: string
}

interface Count {
  open: number
  overdue: number
  near: number
}

/** Where the open cases stand now. */
export interface Standing extends Count {
  unit: UnitName
  at: string
  truncated: boolean
  suspended: number
  escalated?: number
  units: (Count & { unit?: UnitName })[]
  subdistricts: (Count & { unit: UnitName })[]
  matters: (Count & { code: string; title: Title })[]
}

type Untyped = (path: string, init: object) => Promise<{ data?: unknown; error?: unknown; response: Response }>
const get = api.GET as unknown as Untyped

export const dayAgainstUsual = (unit: string, day: string) =>
  ask(get('/api/v1/tallies/day', { params: { query: { unit, day } } })) as Promise<DayAgainstUsual>

export const standing = (unit: string) =>
  ask(get('/api/v1/cases/standing', { params: { query: { unit } } })) as Promise<Standing>

export type Measure = Schemas['Tally'] & { on?: string; conditional?: boolean }

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
  /** Cases that were counted: which measures, and when. */
  measures?: string
  period?: string
  from?: string
  to?: string
  answers?: string
  channel?: string
  /** Cases that are open now, by how their limit stands. */
  due?: 'late' | 'near' | 'escalated' | 'any'
  /** Which unit leads, or in which area they lie. */
  lead?: string
  unit?: string
  matter?: string
}

export interface CasePage {
  items: CaseSummary[]
  next?: string | undefined
}

const DAY = 24 * 60 * 60 * 1000

/** A page of the cases behind a number. */
export function behind(of: BehindAsk, now: number, after?: string, limit = 100): Promise<CasePage> {
  if (of.measures !== undefined) {
    const { measures, period, from, to, unit, matter, channel } = of
    const query = { measures, period, from, to, unit, matter, channel, answers: of.answers ? true : undefined, after, limit }
    return ask(get('/api/v1/rates/cases', { params: { query } })) as Promise<CasePage>
  }
  const moment = (at: number) => new Date(at).toISOString()
  const query = {
    relation: of.lead ? 'lead' : 'area',
    unit: of.lead ?? of.unit,
    matter: of.matter,
    open: true,
    from: of.due === 'near' ? moment(now) : undefined,
    until: of.due === 'near' ? moment(now + DAY) : of.due === 'late' ? moment(now) : undefined,
    escalated: of.due === 'escalated' ? true : undefined,
    after,
    limit,
  }
  return ask(get('/api/v1/cases', { params: { query } })) as Promise<CasePage>
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
