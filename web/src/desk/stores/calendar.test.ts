import { describe, expect, it } from 'vitest'
import { daysBetween, isDay, mondayOf, plusDays, weekday } from './days'
import { before, isOver, isPeriod, kindOf, lastMonth, latest, periodOf } from './periods'

describe('days', () => {
  it('are counted over the ends of months and years', () => {
    expect(plusDays('2024-02-28', 1)).toBe('2024-02-29')
    expect(plusDays('2024-12-31', 1)).toBe('2025-01-01')
    expect(daysBetween('2024-12-30', '2025-01-02')).toEqual(['2024-12-30', '2024-12-31', '2025-01-01', '2025-01-02'])
    expect(daysBetween('2024-12-30', '2024-12-29')).toEqual([])
  })

  it('belong to weeks that begin on Monday', () => {
    expect(weekday('2024-12-23')).toBe(0)
    expect(mondayOf('2024-12-29')).toBe('2024-12-23')
    expect(mondayOf('2024-12-23')).toBe('2024-12-23')
  })

  it('are those of the calendar alone', () => {
    expect(isDay('2024-02-29')).toBe(true)
    for (const text of ['2023-02-29', '2024-2-1', '', 'today', '2024-13-01']) expect(isDay(text), text).toBe(false)
  })
})

describe('periods', () => {
  it('follow one another', () => {
    expect(before('2024-01')).toBe('2023-12')
    expect(before('2024-01..2024-03')).toBe('2023-10..2023-12')
    expect(before('2024')).toBe('2023')
    expect(latest('quarter', '2024-05', 3)).toEqual(['2024-04..2024-06', '2024-01..2024-03', '2023-10..2023-12'])
  })

  it('are of a kind', () => {
    expect(['2024', '2024-03', '2024-04..2024-06'].map(kindOf)).toEqual(['year', 'month', 'quarter'])
    expect(periodOf('quarter', '2024-12')).toBe('2024-10..2024-12')
    expect(lastMonth('2024')).toBe('2024-12')
  })

  it('are told from what is none', () => {
    for (const text of ['2024', '2024-12', '2024-10..2024-12']) expect(isPeriod(text), text).toBe(true)
    for (const text of ['', '24', '2024-13', '2024-02..2024-04', '2024-01..2024-06', '2024-01-01']) expect(isPeriod(text), text).toBe(false)
  })

  it('end with their last day', () => {
    expect(isOver('2024-12', '2024-12-31')).toBe(false)
    expect(isOver('2024-12', '2025-01-01')).toBe(true)
    expect(isOver('2024', '2024-12-31')).toBe(false)
  })
})
