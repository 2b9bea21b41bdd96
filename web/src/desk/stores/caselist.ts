import { reactive, ref, shallowRef, triggerRef } from 'vue'
import { api, ask, asFailure, type CaseSummary, type Failure } from '@/shared/api/client'
import { offsetOf } from '@/shared/time'
import type { WorkList } from '../lists'
import { fits, noFilter, span, type Filter } from './filter'

/** Cases of the first page, and of those after it. */
const FIRST = 100
const PAGE = 200
/** Pages that are read in a row to fill the screen where the server finds little of what is wanted in each. */
const MOST_PAGES = 10
const ENOUGH = 40
/** As many pages are read anew whole, whatever of them is seen. */
const FEW = 3

/** A page as it was read: where it began, what of it the filter lets through. */
interface Segment {
  after: string | undefined
  limit: number
  rows: CaseSummary[]
  /** Cases before the filter, without those that are away. */
  read: number
  /** The change after which it was read: an older one may be out of date. */
  generation: number
}

/**
 * A list of cases as it is read page by page, and kept up with what happens. It may grow to a hundred thousand rows: nothing
 * here walks over all of them, and what is read anew after a change is what is seen, the rest when it comes into sight.
 */
export function useCaseList() {
  let list: WorkList | undefined
  const filter = reactive<Filter>(noFilter())
  /** The rows in order; the same array all along, so nothing is copied. */
  const rows = shallowRef<CaseSummary[]>([])
  /** How many were read before the filter. */
  const read = ref(0)
  const next = ref<string>()
  const isTruncated = ref(false)
  const isBusy = ref(false)
  const isRead = ref(false)
  const failure = shallowRef<Failure>()
  /** Numbers of what changed since it was last looked at. */
  const changed = ref(new Set<string>())
  /** Why an act on a case was not done. */
  const failed = ref(new Map<string, string>())
  /** Rows that were taken out because an act is on its way that moves them, with where they stood. */
  const away = new Map<string, { row: CaseSummary; at: number }>()
  let segments: Segment[] = []
  /** The page that has a case. */
  let home = new Map<string, Segment>()
  /** As what a case was read last: it may leave one page before another has it, and is no news for that. */
  let versions = new Map<string, number>()
  let generation = 0
  let epoch = 0
  let chain: Promise<void> = Promise.resolve()

  interface Page {
    items: CaseSummary[]
    next?: string | undefined
    truncated?: boolean
  }
  async function page(of: WorkList, after: string | undefined, limit: number): Promise<Page> {
    if (filter.q.trim()) {
      const query = { q: filter.q.trim(), open: of.open, limit: PAGE }
      return ask(api.GET('/api/v1/cases/search', { params: { query } }))
    }
    const query = { ...listQuery(of, filter, offsetOf(rows.value[0]?.filed_at)), after, limit }
    // The same address gives sheets, which were not asked for here.
    return (await ask(api.GET('/api/v1/cases', { params: { query } }))) as Page
  }

  /** Runs readings one after another; `start` makes those of the list before count for nothing. */
  function reading(does: (isMine: () => boolean) => Promise<void>): Promise<void> {
    const mine = epoch
    const isMine = () => mine === epoch
    chain = chain.then(async () => {
      if (!isMine()) return
      isBusy.value = true
      try {
        await does(isMine)
        if (isMine()) {
          failure.value = undefined
          isRead.value = true
        }
      } catch (fault) {
        if (isMine()) failure.value = asFailure(fault)
      } finally {
        if (isMine()) isBusy.value = false
      }
    })
    return chain
  }

  const startOf = (segment: Segment) => {
    let at = 0
    for (const one of segments) {
      if (one === segment) return at
      at += one.rows.length
    }
    return at
  }
  const count = (segment: Segment, cases: number) => {
    read.value += cases - segment.read
    segment.read = cases
  }
  /** Takes a row out of the page that has it. */
  function pull(number: string): { row: CaseSummary; at: number } | undefined {
    const segment = home.get(number)
    const within = segment?.rows.findIndex((one) => one.number === number) ?? -1
    if (!segment || within < 0) return undefined
    const at = startOf(segment) + within
    const [row] = segment.rows.splice(within, 1)
    rows.value.splice(at, 1)
    home.delete(number)
    count(segment, segment.read - 1)
    return row && { row, at }
  }
  /** What the server narrows it has narrowed: its lists, but not what it finds by words, and no closed list to what was late or escalated. */
  const passes = (one: CaseSummary) =>
    filter.q.trim() ? !list || fits(one, filter, list.open) : (!filter.late || one.overdue) && (!filter.escalated || one.escalated)
  /** Puts what was read into a page, in place of what stood there; every case stands in the list once. */
  function fill(segment: Segment, found: Page, isNews: boolean) {
    const here = found.items.filter((one) => !away.has(one.number))
    const wanted = here.filter(passes)
    for (const one of wanted) {
      const other = home.get(one.number)
      if (other && other !== segment) pull(one.number)
      if (isNews && versions.get(one.number) !== one.version) changed.value.add(one.number)
      versions.set(one.number, one.version)
    }
    for (const one of segment.rows) home.delete(one.number)
    for (const one of wanted) home.set(one.number, segment)
    rows.value.splice(startOf(segment), segment.rows.length, ...wanted)
    count(segment, here.length)
    segment.rows = wanted
    segment.generation = generation
    isTruncated.value = found.truncated ?? false
    triggerRef(rows)
  }

  async function append(of: WorkList, isMine: () => boolean) {
    const before = rows.value.length
    for (let pages = 0; pages < MOST_PAGES; pages += 1) {
      const limit = segments.length ? PAGE : FIRST
      const segment: Segment = { after: next.value, limit, rows: [], read: 0, generation }
      const found = await page(of, next.value, limit)
      if (!isMine()) return
      segments.push(segment)
      fill(segment, found, false)
      next.value = found.next ?? undefined
      if (!next.value || rows.value.length - before >= ENOUGH) return
    }
  }

  /** Begins a list, or the same with another filter, at its top. */
  function start(of: WorkList): Promise<void> {
    epoch += 1
    list = of
    segments = []
    home = new Map()
    versions = new Map()
    away.clear()
    rows.value = []
    read.value = 0
    next.value = undefined
    isRead.value = false
    failure.value = undefined
    changed.value = new Set()
    failed.value = new Map()
    chain = Promise.resolve()
    return reading((isMine) => append(of, isMine))
  }

  /** Reads on where the list goes on. */
  async function more(): Promise<void> {
    const of = list
    if (of && next.value && !isBusy.value) await reading((isMine) => append(of, isMine))
  }

  /** Says that something happened: what is seen from now on is read anew once. */
  function outdate(): void {
    generation += 1
  }

  /** Reads anew what stands between two rows, where something happened since it was read. */
  async function refresh(first: number, last: number): Promise<void> {
    const of = list
    if (!of || !isOutdated(first, last)) return
    await reading(async (isMine) => {
      for (const segment of seen(first, last)) {
        if (segment.generation === generation || !segments.includes(segment)) continue
        const asOf = generation
        const found = await page(of, segment.after, segment.limit)
        if (!isMine()) return
        fill(segment, found, true)
        segment.generation = asOf
        goOnAt(segment, found.next ?? undefined)
      }
    })
  }
  function seen(first: number, last: number): Segment[] {
    if (segments.length <= FEW) return [...segments]
    let at = 0
    return segments.filter((one) => {
      const begins = at
      at += one.rows.length
      return begins <= last && at > first
    })
  }
  const isOutdated = (first: number, last: number) => seen(first, last).some((one) => one.generation !== generation)
  /** The page after one that was read anew begins where that one now ends. */
  function goOnAt(segment: Segment, after: string | undefined) {
    const at = segments.indexOf(segment)
    const following = segments[at + 1]
    if (!following) next.value = after
    else if (after === undefined) {
      // The list ends here now.
      for (const gone of segments.splice(at + 1)) {
        for (const one of gone.rows) home.delete(one.number)
        read.value -= gone.read
      }
      rows.value.length = startOf(segment) + segment.rows.length
      next.value = undefined
      triggerRef(rows)
    } else if (following.after !== after) {
      following.after = after
      following.generation = -1
    }
  }

  /** Of some cases, those that the list does not show as it is narrowed now, as far as it was read. */
  function notShown(numbers: Iterable<string>): string[] {
    // What moves them in and out is told of by the rows.
    return rows.value ? [...numbers].filter((number) => !home.has(number) && !away.has(number)) : []
  }

  /** Takes a case out at once, because an act is on its way that moves it. */
  function leave(number: string): void {
    const found = pull(number)
    if (!found) return
    away.set(number, found)
    failed.value.delete(number)
    triggerRef(rows)
  }
  /** The act was done: where the case stands now, reading says. */
  function settle(number: string): void {
    away.delete(number)
    failed.value.delete(number)
  }
  /** The act was not done: the case comes back to where it stood, marked with the reason. */
  function comeBack(number: string, reason: string): void {
    failed.value.set(number, reason)
    const found = away.get(number)
    away.delete(number)
    if (!found || home.has(number)) return
    let at = 0
    for (const segment of segments) {
      if (found.at <= at + segment.rows.length) {
        const within = Math.max(0, found.at - at)
        segment.rows.splice(within, 0, found.row)
        rows.value.splice(at + within, 0, found.row)
        home.set(number, segment)
        count(segment, segment.read + 1)
        break
      }
      at += segment.rows.length
    }
    triggerRef(rows)
  }

  return {
    filter,
    rows,
    read,
    next,
    isTruncated,
    isBusy,
    isRead,
    failure,
    changed,
    failed,
    start,
    more,
    outdate,
    refresh,
    notShown,
    leave,
    settle,
    comeBack,
  }
}

export type CaseList = ReturnType<typeof useCaseList>

/** A list with its filter as the interface is asked for it. */
export function listQuery(of: WorkList, filter: Filter, offset: string) {
  return {
    relation: of.relation,
    unit: filter.unit || undefined,
    open: of.open,
    demand: filter.demand || undefined,
    state: filter.state || undefined,
    channel: filter.channel || undefined,
    holder: filter.holder || undefined,
    escalated: (of.open && filter.escalated === '1') || undefined,
    ...span(filter, of.open, offset, Date.now()),
  }
}
