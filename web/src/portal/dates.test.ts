import { expect, it } from 'vitest'
import { dayWords, momentWords, monthsUntil, periodWords } from './dates'

it('tells a day as it is said, and its year where it is another', () => {
  expect(dayWords('2026-11-03', 'zh-CN', 2026)).toBe('11月3日')
  expect(dayWords('2025-11-23T23:59:00+08:00', 'zh-CN', 2026)).toBe('2025年11月23日')
  expect(dayWords('2026-09-03', 'en', 2026)).toBe('3 Sept')
  expect(dayWords('2025-01-23', 'en', 2026)).toBe('23 Jan 2025')
})

it('tells the time on the clocks of the place, wherever the browser is', () => {
  expect(momentWords('2026-11-23T00:05:09+08:00', 'zh-CN', 2026)).toBe('11月23日 00:05')
  expect(momentWords('2025-12-31T23:05:09+08:00', 'en', 2026)).toBe('31 Dec 2025, 23:05')
})

it('tells months and years of figures, and leaves what is neither', () => {
  expect(periodWords('2026-03', 'zh-CN')).toBe('2026年3月')
  expect(periodWords('2026-03', 'en')).toBe('Mar 2026')
  expect(periodWords('2026', 'zh-CN')).toBe('2026年')
  expect(periodWords('2026-01..2026-06', 'en')).toBe('2026-01..2026-06')
})

it('counts months back over the turn of a year', () => {
  expect(monthsUntil('2026-02-28', 4)).toEqual(['2026-02', '2026-01', '2025-12', '2025-11'])
})
