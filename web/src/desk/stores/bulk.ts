import { computed, ref, shallowRef } from 'vue'
import { api, ask, asFailure, type Case, type Failure, type Schemas, type UnitName } from '@/shared/api/client'
import { useDraft } from '@/shared/drafts'
import { latest } from '@/shared/latest'
import { TURNS_BACK } from '../acts'

/** As many cases may be chosen for one act: each is read and sent by itself. */
export const MOST_CHOSEN = 500
/** Requests on their way at a time. */
const AT_A_TIME = 4

/** Something that may be done with some of the cases that are chosen. */
export type Offer = { key: string; numbers: string[] } & (
  | { step: Schemas['AvailableStep'] }
  | { request: Schemas['Named'] }
  | { decision: Schemas['Title'] }
  | { handover: UnitName }
)

/** What nobody can say for many at once: what people answered, and proof of what was done at a place. */
const ONE_BY_ONE: Schemas['ActName'][] = ['call_back', 'rate']

/** Does something for each, a few at a time, until `goesOn` says no. */
export async function forEach<T>(list: T[], does: (one: T) => Promise<void>, goesOn: () => boolean): Promise<void> {
  const left = [...list]
  const work = async () => {
    for (let one = left.shift(); one !== undefined && goesOn(); one = left.shift()) await does(one)
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, work))
}

/** What may be done with each of some cases, gathered: first what carries them on, the commonest first. */
export function offersOf(records: Case[]): Offer[] {
  const found = new Map<string, Offer>()
  const add = (number: string, offer: Offer) => {
    const known = found.get(offer.key)
    if (known) known.numbers.push(number)
    else found.set(offer.key, { ...offer, numbers: [number] })
  }
  for (const { number, available, requests, assignments } of records) {
    for (const step of available.steps) {
      if (step.evidence.length || ONE_BY_ONE.includes(step.act)) continue
      add(number, { key: `step.${step.step.name}`, numbers: [], step })
    }
    for (const request of available.requests) {
      // Each case is merged into one of its own.
      if (request.name !== 'merge') add(number, { key: `request.${request.name}`, numbers: [], request })
    }
    // One kind once a case: a second request of the same kind is decided by itself.
    const kinds = new Map(requests.filter((one) => available.decisions.includes(one.number)).map((one) => [one.kind, one]))
    // Within one unit: each has colleagues of its own.
    const units = new Map(assignments.filter((one) => available.handovers.includes(one.number)).map((one) => [one.unit.code, one.unit]))
    for (const [code, unit] of units) add(number, { key: `handover.${code}`, numbers: [], handover: unit })
    for (const [kind, request] of kinds) add(number, { key: `decision.${kind}`, numbers: [], decision: request.title })
  }
  const back = (offer: Offer) => Number('request' in offer || 'handover' in offer || ('step' in offer && TURNS_BACK.includes(offer.step.act)))
  return [...found.values()].sort((a, b) => back(a) - back(b) || b.numbers.length - a.numbers.length)
}

/** What is chosen in a list, and doing one thing with all of it. It outlives a reload and a session that ran out. */
export function useBulk(list: string) {
  const { draft } = useDraft(`bulk.${list}`, () => ({ chosen: [] as string[], why: {} as Record<string, string> }))
  const chosen = computed(() => new Set(draft.chosen))
  const records = shallowRef(new Map<string, Case>())
  const isReading = ref(false)
  const failure = shallowRef<Failure>()
  const progress = ref<{ done: number; failed: number; total: number }>()
  const isRunning = ref(false)
  const begin = latest()

  function choose(numbers: string[], on: boolean): void {
    const now = new Set(draft.chosen)
    for (const number of numbers) {
      if (!on) {
        now.delete(number)
        delete draft.why[number]
      } else if (now.size < MOST_CHOSEN) now.add(number)
    }
    draft.chosen = [...now]
    progress.value = undefined
  }
  function clear(): void {
    draft.chosen = []
    draft.why = {}
    progress.value = undefined
  }

  /** Reads the cases that are chosen: only they say what may be done with them. */
  async function read(): Promise<void> {
    const wanted = draft.chosen
    const isLatest = begin()
    isReading.value = true
    failure.value = undefined
    const found = new Map<string, Case>()
    const readOne = async (number: string) => {
      try {
        found.set(number, await ask(api.GET('/api/v1/cases/{number}', { params: { path: { number } } })))
      } catch (fault) {
        const why = asFailure(fault)
        if (why.status === 404 || why.status === 403) draft.why[number] = why.message
        else failure.value = why
      }
    }
    await forEach(wanted, readOne, () => !failure.value && isLatest())
    if (!isLatest()) return
    records.value = found
    isReading.value = false
  }
  const offers = computed(() => offersOf([...records.value.values()].filter((one) => chosen.value.has(one.number))))

  /**
   * Sends one request for each case, each with the version that was read. What was done is chosen no longer; what was not
   * stays chosen and says why. Nothing more is sent once the session or the server is gone.
   */
  async function run(
    numbers: string[],
    act: (record: Case) => Promise<unknown>,
    tells: { begins: (record: Case) => void; done: (number: string) => void; failed: (number: string, why: string) => void },
  ): Promise<void> {
    const wanted = numbers.flatMap((number) => records.value.get(number) ?? [])
    progress.value = { done: 0, failed: 0, total: wanted.length }
    isRunning.value = true
    failure.value = undefined
    const isLatest = begin()
    for (const record of wanted) tells.begins(record)
    const left = new Set(wanted.map((one) => one.number))
    const one = async (record: Case) => {
      const { number } = record
      try {
        await act(record)
        left.delete(number)
        draft.chosen = draft.chosen.filter((other) => other !== number)
        delete draft.why[number]
        if (progress.value) progress.value.done += 1
        tells.done(number)
      } catch (fault) {
        const why = asFailure(fault)
        left.delete(number)
        draft.why[number] = why.message
        if (progress.value) progress.value.failed += 1
        tells.failed(number, why.message)
        if (why.isSignedOut || why.isOffline) failure.value = why
      }
    }
    await forEach(wanted, one, () => !failure.value && isLatest())
    // What was never sent comes back too, and stays chosen.
    const ended = failure.value as Failure | undefined
    for (const number of left) {
      const why = ended?.message ?? ''
      draft.why[number] = why
      tells.failed(number, why)
    }
    isRunning.value = false
  }

  /** The page is left: nothing more is sent. */
  function stop(): void {
    begin()
  }

  return { draft, chosen, records, offers, isReading, isRunning, failure, progress, choose, clear, read, run, stop }
}

export type Bulk = ReturnType<typeof useBulk>
