import type { CaseSummary } from '@/shared/api/client'

/** What a list is narrowed to. Everything is text, as it stands in the address of the page. */
export interface Filter {
  /** Words that must be found: asked of the server, which then gives the newest first. */
  q: string
  /** Code of a unit. */
  unit: string
  /** Account of whoever works on it. */
  holder: string
  /** Names of the packs in force. */
  demand: string
  state: string
  channel: string
  /** Local days, both included: of the limit while it is open, of its end when it is not. */
  from: string
  to: string
  /** `1`: only what is overdue. */
  late: string
  /** `1`: only what is escalated: supervisors or leaders have been told that it is overdue. */
  escalated: string
}

export const noFilter = (): Filter => ({ q: '', unit: '', holder: '', demand: '', state: '', channel: '', from: '', to: '', late: '', escalated: '' })
const NAMES = Object.keys(noFilter()) as (keyof Filter)[]

/** The filter that stands in an address. */
export function fromQuery(query: Record<string, unknown>): Filter {
  const found = noFilter()
  for (const name of NAMES) {
    const value = query[name]
    if (typeof value === 'string') found[name] = value
  }
  return found
}

/** A filter for an address: only what it narrows. */
export function asQuery(filter: Filter): Record<string, string> {
  return Object.fromEntries(NAMES.filter((name) => filter[name]).map((name) => [name, filter[name]]))
}

/** Whether its first day comes after its last: then it lets nothing through, by mistake. */
export const isBackwards = (filter: Filter): boolean => Boolean(filter.from && filter.to && filter.from > filter.to)

/** The day after a local day. */
function dayAfter(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10)
}

/** From when and until when cases of a list sort, for a place with this offset. */
export function span(filter: Filter, open: boolean, offset: string, now: number): { from?: string; until?: string } {
  const from = filter.from ? `${filter.from}T00:00:00${offset}` : undefined
  let until = filter.to ? `${dayAfter(filter.to)}T00:00:00${offset}` : undefined
  // Open cases sort by their next limit: those before now are overdue.
  if (filter.late && open && !(until && Date.parse(until) < now)) until = new Date(now).toISOString()
  return { from, until }
}

/** Whether a case is what a filter lets through: the server narrows lists, but not what it finds by words. */
export function fits(one: CaseSummary, filter: Filter, open: boolean): boolean {
  const day = (open ? one.due_at : one.closed_at)?.slice(0, 10) ?? ''
  return (
    (!filter.demand || one.demand.name === filter.demand) &&
    (!filter.state || one.state.name === filter.state) &&
    (!filter.channel || one.channel.name === filter.channel) &&
    (!filter.unit || one.lead?.code === filter.unit || one.area.code === filter.unit) &&
    (!filter.holder || (one.holder?.kind === 'account' && one.holder.id === filter.holder)) &&
    (!filter.from || day >= filter.from) &&
    (!filter.to || (day !== '' && day <= filter.to)) &&
    (!filter.late || one.overdue) &&
    (!filter.escalated || one.escalated)
  )
}
