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
const { fits, noFilter, useCaseList } = await import('./caselist')

describe('a list of cases', () => {
  it('has the server narrow it, and reads on until little of each page fills the screen', async () => {
    asked.length = 0
    pages = ({ after }) => {
      const from = Number(after ?? 0)
      const items = Array.from({ length: 20 }, (_, at) => one(from + at, { overdue: true }))
      return { items, next: String(from + 100) }
    }
    const cases = useCaseList()
    Object.assign(cases.filter, { late: true, demand: 'a' })
    await cases.start({ name: 'open', relation: 'lead', open: true })
    expect(asked).toHaveLength(2)
    expect(asked[0]).toMatchObject({ relation: 'lead', open: true, demand: 'a', state: undefined })
    expect(Date.parse(String(asked[0]?.['until']))).toBeLessThanOrEqual(Date.now())
    expect(cases.rows.value).toHaveLength(40)
    await cases.more()
    expect(cases.rows.value).toHaveLength(80)
  })

  it('keeps what it had when it reads anew, and says what changed', async () => {
    let version = 1
    pages = () => ({ items: [one(1), one(2, { version }), ...(version > 1 ? [one(3)] : [])] })
    const cases = useCaseList()
    await cases.start({ name: 'open', open: true })
    expect(cases.changed.value.size).toBe(0)
    version = 2
    await cases.again()
    expect(cases.items.value.map((found) => found.number)).toEqual(['1', '2', '3'])
    expect([...cases.changed.value]).toEqual(['2', '3'])
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

  it('lets through what fits', () => {
    expect(fits(one(1), noFilter())).toBe(true)
    expect(fits(one(1), { ...noFilter(), demand: 'b' })).toBe(false)
    expect(fits(one(1), { ...noFilter(), late: true })).toBe(false)
  })
})
