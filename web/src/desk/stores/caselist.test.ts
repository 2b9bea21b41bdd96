import { describe, expect, it, vi } from 'vitest'
import type { CaseSummary } from '@/shared/api/client'

const named = (name: string) => ({ name, title: { zh: name, en: name } })
const one = (number: number, some: Partial<CaseSummary> = {}) =>
  ({
    number: String(number),
    version: 1,
    demand: named('a'),
    state: named('s'),
    channel: named('c'),
    overdue: false,
    ...some,
  }) as CaseSummary
const asked: Record<string, unknown>[] = []
let pages: (query: Record<string, unknown>) => { items: CaseSummary[]; next?: string; truncated?: boolean }

vi.mock('@/shared/api/client', async (original) => ({
  ...(await original<object>()),
  ask: (answer: unknown) => answer,
  api: {
    GET: (_path: string, { params }: { params: { query: Record<string, unknown> } }) => {
      asked.push(params.query)
      return Promise.resolve(pages(params.query))
    },
  },
}))
const { useCaseList } = await import('./caselist')

const open = { name: 'open', open: true } as const
const numbers = (cases: ReturnType<typeof useCaseList>) => cases.rows.value.map((found) => found.number)

/** A server with so many cases in pages, as cursors by the number of the last one read. */
function serve(all: () => CaseSummary[]) {
  pages = ({ after, limit }) => {
    const list = all()
    const from = after === undefined ? 0 : list.findIndex((found) => Number(found.number) > Number(after))
    const items = from < 0 ? [] : list.slice(from, from + Number(limit))
    const end = items.at(-1)
    return end && end !== list.at(-1) ? { items, next: end.number } : { items }
  }
}

describe('a list of cases', () => {
  it('has the server narrow it, and reads on until little of each page fills the screen', async () => {
    asked.length = 0
    pages = ({ after }) => {
      const from = Number(after ?? 0)
      const items = Array.from({ length: 20 }, (_, at) => one(from + at, { overdue: true }))
      return { items, next: String(from + 100) }
    }
    const cases = useCaseList()
    Object.assign(cases.filter, { late: '1', demand: 'a' })
    await cases.start({ name: 'open', relation: 'lead', open: true })
    expect(asked).toHaveLength(2)
    expect(asked[0]).toMatchObject({ relation: 'lead', open: true, demand: 'a', state: undefined })
    expect(Date.parse(String(asked[0]?.['until']))).toBeLessThanOrEqual(Date.now())
    expect(cases.rows.value).toHaveLength(40)
    await cases.more()
    expect(cases.rows.value).toHaveLength(80)
  })

  it('says which of some cases it does not show as it is narrowed now', async () => {
    pages = ({ demand }) => ({ items: demand === 'b' ? [one(2), one(5)] : [one(1), one(2), one(3)] })
    const cases = useCaseList()
    await cases.start(open)
    expect(cases.notShown(['1', '2'])).toEqual([])
    cases.filter.demand = 'b'
    await cases.start(open)
    expect(cases.notShown(['1', '2'])).toEqual(['1'])
    // On its way out by an act it is not hidden by a filter.
    cases.leave('2')
    expect(cases.notShown(['1', '2'])).toEqual(['1'])
  })

  it('keeps what it had when it reads anew, and says what changed', async () => {
    let version = 1
    pages = () => ({ items: [one(1), one(2, { version }), ...(version > 1 ? [one(3)] : [])] })
    const cases = useCaseList()
    await cases.start(open)
    expect(cases.changed.value.size).toBe(0)
    version = 2
    asked.length = 0
    await cases.refresh(0, 1)
    expect(asked, 'nothing happened, nothing is asked').toHaveLength(0)
    cases.outdate()
    await cases.refresh(0, 1)
    expect(numbers(cases)).toEqual(['1', '2', '3'])
    expect([...cases.changed.value]).toEqual(['2', '3'])
  })

  it('of a long list reads anew what is seen, and the rest when it comes into sight', async () => {
    let all = Array.from({ length: 1500 }, (_, at) => one((at + 1) * 2))
    serve(() => all)
    const cases = useCaseList()
    await cases.start(open)
    while (cases.next.value) await cases.more()
    expect(numbers(cases)).toHaveLength(1500)
    // One comes in among the first, one moves from the end to the middle, one goes.
    const moved = one(1001, { version: 2 })
    all = [...all.filter((found) => !['6', '2990'].includes(found.number)), one(3), moved].sort((a, b) => Number(a.number) - Number(b.number))
    cases.outdate()
    asked.length = 0
    await cases.refresh(0, 30)
    expect(asked).toHaveLength(1)
    expect(numbers(cases).slice(0, 4)).toEqual(['2', '3', '4', '8'])
    await cases.refresh(480, 520)
    expect(asked.length).toBeLessThanOrEqual(3)
    expect(numbers(cases).filter((number) => number === '1001')).toHaveLength(1)
    for (let at = 0; at < 1500; at += 50) await cases.refresh(at, at + 50)
    expect(numbers(cases)).toEqual(all.map((found) => found.number))
    expect(cases.read.value).toBe(1500)
  })

  it('shows every case once, and ends where the server ends', async () => {
    let all = Array.from({ length: 1000 }, (_, at) => one(at + 1))
    serve(() => all)
    const cases = useCaseList()
    await cases.start(open)
    while (cases.next.value) await cases.more()
    all = all.slice(0, 150)
    cases.outdate()
    await cases.refresh(0, 30)
    await cases.refresh(100, 150)
    expect(numbers(cases)).toEqual(all.map((found) => found.number))
    expect(cases.next.value).toBeUndefined()
  })

  it('has a case that moves while the list is read once, where it was read last', async () => {
    pages = ({ after }) => (after === undefined ? { items: [one(1), one(2), one(3)], next: 'on' } : { items: [one(4), one(1, { version: 2 }), one(5)] })
    const cases = useCaseList()
    await cases.start(open)
    expect(numbers(cases)).toEqual(['2', '3', '4', '1', '5'])
    expect(cases.rows.value[3]?.version).toBe(2)
    expect(cases.read.value, 'counted once').toBe(5)
    expect(cases.changed.value.size, 'what is read for the first time is no news').toBe(0)
    // Another moves forward as it is, and one because somebody worked on it: only that is told.
    pages = ({ after }) => (after === undefined ? { items: [one(5, { version: 2 }), one(2), one(4)], next: 'on' } : { items: [one(3), one(1, { version: 2 })] })
    cases.outdate()
    await cases.refresh(0, 4)
    expect(numbers(cases)).toEqual(['5', '2', '4', '3', '1'])
    expect([...cases.changed.value]).toEqual(['5'])
    expect(cases.read.value).toBe(5)
  })

  it('takes a row out at once, and brings it back where it stood with the reason', async () => {
    pages = () => ({ items: [one(1), one(2), one(3)] })
    const cases = useCaseList()
    await cases.start(open)
    cases.leave('2')
    expect(numbers(cases)).toEqual(['1', '3'])
    expect(cases.read.value, 'nothing is narrowed').toBe(2)
    // Read anew in the middle of it: it stays away.
    cases.outdate()
    await cases.refresh(0, 3)
    expect(numbers(cases)).toEqual(['1', '3'])
    expect(cases.read.value).toBe(2)
    cases.comeBack('2', 'no')
    expect(numbers(cases)).toEqual(['1', '2', '3'])
    expect(cases.failed.value.get('2')).toBe('no')
    expect(cases.read.value).toBe(3)
    cases.leave('2')
    cases.settle('2')
    expect(cases.failed.value.size).toBe(0)
    cases.outdate()
    await cases.refresh(0, 3)
    expect(numbers(cases), 'the server says where it stands').toEqual(['1', '2', '3'])
  })

  it('asks the server for words, with whether it is open', async () => {
    asked.length = 0
    pages = () => ({ items: [one(1)], truncated: true })
    const cases = useCaseList()
    cases.filter.q = ' 井盖 '
    await cases.start({ name: 'closed', open: false })
    expect(asked[0]).toMatchObject({ q: '井盖', open: false })
    expect(cases.isTruncated.value).toBe(true)
  })
})
