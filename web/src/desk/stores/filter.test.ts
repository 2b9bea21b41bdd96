import { describe, expect, it } from 'vitest'
import type { CaseSummary } from '@/shared/api/client'
import { asQuery, fits, fromQuery, noFilter, span } from './filter'

const named = (name: string) => ({ name, title: { zh: name, en: name } })
const one = {
  demand: named('a'),
  state: named('s'),
  channel: named('c'),
  area: { code: '9901', title: named('x').title },
  due_at: '2024-03-15T23:30:00+08:00',
  overdue: false,
  escalated: false,
} as CaseSummary

describe('the filter of a list', () => {
  it('stands in the address and comes back from it', () => {
    const filter = { ...noFilter(), q: '井盖 ', demand: 'a', from: '2024-03-01' }
    expect(asQuery(filter)).toEqual({ q: '井盖 ', demand: 'a', from: '2024-03-01' })
    expect(fromQuery({ ...asQuery(filter), other: 'x', late: ['1', '1'] })).toEqual(filter)
  })

  it('takes days as those of the place, both included', () => {
    const filter = { ...noFilter(), from: '2024-02-28', to: '2024-02-29' }
    expect(span(filter, false, '+08:00', 0)).toEqual({ from: '2024-02-28T00:00:00+08:00', until: '2024-03-01T00:00:00+08:00' })
  })

  it('asks for what is overdue by its limit, unless it is asked for up to a day before', () => {
    const now = Date.parse('2024-03-10T12:00:00Z')
    const late = { ...noFilter(), late: '1' }
    expect(span(late, true, '+08:00', now).until).toBe('2024-03-10T12:00:00.000Z')
    expect(span({ ...late, to: '2024-03-01' }, true, '+08:00', now).until).toBe('2024-03-02T00:00:00+08:00')
    expect(span({ ...late, to: '2024-03-20' }, true, '+08:00', now).until).toBe('2024-03-10T12:00:00.000Z')
    expect(span(late, false, '+08:00', now).until).toBeUndefined()
  })

  it('lets through what fits', () => {
    expect(fits(one, noFilter(), true)).toBe(true)
    expect(fits(one, { ...noFilter(), demand: 'b' }, true)).toBe(false)
    expect(fits(one, { ...noFilter(), late: '1' }, true)).toBe(false)
    expect(fits(one, { ...noFilter(), escalated: '1' }, true)).toBe(false)
    expect(fits({ ...one, escalated: true }, { ...noFilter(), escalated: '1' }, true)).toBe(true)
    expect(fits(one, { ...noFilter(), to: '2024-03-15' }, true)).toBe(true)
    expect(fits(one, { ...noFilter(), to: '2024-03-14' }, true)).toBe(false)
    expect(fits(one, { ...noFilter(), to: '2024-03-15' }, false), 'not closed at all').toBe(false)
  })
})
