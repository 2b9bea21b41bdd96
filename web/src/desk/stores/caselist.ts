import { computed, reactive, ref, shallowRef } from 'vue'
import { api, ask, asFailure, type CaseSummary, type Failure } from '@/shared/api/client'
import type { WorkList } from '../lists'

/** What a list is narrowed to. */
export interface Filter {
  /** Words that must be found: asked of the server, which then gives the newest first. */
  q: string
  /** Code of a unit. */
  unit: string
  /** Names of the packs in force. */
  demand: string
  state: string
  channel: string
  /** Only what is overdue. */
  late: boolean
}

export const noFilter = (): Filter => ({ q: '', unit: '', demand: '', state: '', channel: '', late: false })

/** Most cases of one page of the interface. */
const PAGE = 200
/** Pages that are read in a row to fill the screen where the server finds little of what is wanted in each. */
const MOST_PAGES = 10
const ENOUGH = 40

/** Whether a case is what a filter lets through: the server narrows lists, but not what it finds by words. */
export function fits(one: CaseSummary, filter: Filter): boolean {
  return (
    (!filter.demand || one.demand.name === filter.demand) &&
    (!filter.state || one.state.name === filter.state) &&
    (!filter.channel || one.channel.name === filter.channel) &&
    (!filter.late || one.overdue)
  )
}

/** A list of cases as it is read page by page, and kept up with what happens. */
export function useCaseList() {
  const list = shallowRef<WorkList>()
  const filter = reactive<Filter>(noFilter())
  const items = shallowRef<CaseSummary[]>([])
  const next = ref<string>()
  const isTruncated = ref(false)
  const isBusy = ref(false)
  const isRead = ref(false)
  const failure = shallowRef<Failure>()
  /** Numbers of what changed since it was last looked at. */
  const changed = ref(new Set<string>())
  let turn = 0

  const rows = computed(() => items.value.filter((one) => fits(one, filter)))

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
    const query = {
      relation: of.relation,
      unit: filter.unit || undefined,
      open: of.open,
      demand: filter.demand || undefined,
      state: filter.state || undefined,
      channel: filter.channel || undefined,
      // Open cases sort by their next limit: those before now are overdue.
      until: filter.late && of.open ? new Date().toISOString() : undefined,
      after,
      limit,
    }
    return ask(api.GET('/api/v1/cases', { params: { query } }))
  }

  /** Runs a reading; one that was overtaken by another counts for nothing. */
  async function reading(read: (isMine: () => boolean) => Promise<void>) {
    turn += 1
    const mine = turn
    const isMine = () => mine === turn
    isBusy.value = true
    try {
      await read(isMine)
      if (isMine()) {
        failure.value = undefined
        isRead.value = true
      }
    } catch (fault) {
      if (isMine()) failure.value = asFailure(fault)
    } finally {
      if (isMine()) isBusy.value = false
    }
  }

  async function append(of: WorkList, isMine: () => boolean) {
    const before = rows.value.length
    for (let pages = 0; pages < MOST_PAGES; pages += 1) {
      const read = await page(of, next.value, 100)
      if (!isMine()) return
      items.value = [...items.value, ...read.items]
      next.value = read.next ?? undefined
      isTruncated.value = read.truncated ?? false
      if (!next.value || rows.value.length - before >= ENOUGH) return
    }
  }

  /** Begins a list, or the same with another filter, at its top. */
  function start(of: WorkList): Promise<void> {
    list.value = of
    items.value = []
    next.value = undefined
    isRead.value = false
    changed.value = new Set()
    return reading((isMine) => append(of, isMine))
  }

  /** Reads on where the list goes on. */
  async function more(): Promise<void> {
    const of = list.value
    if (of && next.value && !isBusy.value) await reading((isMine) => append(of, isMine))
  }

  /** Reads anew what is there, as far as it had been read, without emptying it. */
  async function again(): Promise<void> {
    const of = list.value
    if (!of) return
    const wanted = Math.max(items.value.length, 50)
    await reading(async (isMine) => {
      const found: CaseSummary[] = []
      let after: string | undefined
      do {
        const read = await page(of, after, Math.min(PAGE, wanted - found.length))
        if (!isMine()) return
        found.push(...read.items)
        after = read.next ?? undefined
      } while (after && found.length < wanted)
      const versions = new Map(items.value.map((one) => [one.number, one.version]))
      for (const one of found) if (versions.get(one.number) !== one.version) changed.value.add(one.number)
      items.value = found
      next.value = after
    })
  }

  return { filter, items, rows, next, isTruncated, isBusy, isRead, failure, changed, start, more, again }
}
