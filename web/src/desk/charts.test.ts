import { expect, it } from 'vitest'
import type { Inks } from '@/shared/components/chart-option'
import { daysChart, hoursChart, ratesChart } from './charts'

const inks: Inks = {
  ink: '#111',
  quiet: '#222',
  rule: '#333',
  strong: '#444',
  surface: '#555',
  accent: '#666',
  near: '#777',
  band: '#888',
  letters: 'sans-serif',
  size: 12,
}

it('begins bars at nought, and a line of rates at the tenth below the least', () => {
  const days = daysChart([{ day: '2024-12-30', filed: 12, closed: 5 }], { filed: 'a', closed: 'b' })(inks)
  expect(days.yAxis).toMatchObject({ min: 0, minInterval: 1 })
  const rates = ratesChart(['2024-11', '2024-12'], [{ words: 'x', values: [0.931, null] }, { words: 'y', values: [1, 0.98] }])(inks)
  expect(rates.yAxis).toMatchObject({ min: 0.8, max: 1 })
  const low = ratesChart(['2024-11'], [{ words: 'x', values: [0.04] }])(inks)
  expect(low.yAxis).toMatchObject({ min: 0, max: 1 })
})

it('leaves out the hours that have not come, and draws the band between least and most', () => {
  const hour = (hour: number) => ({ hour, count: hour, middle: 1, low: 1, high: 4 })
  const chart = hoursChart([hour(0), hour(1), hour(2)], 1, { day: 'a', middle: 'b' })(inks)
  const series = chart.series as { type: string; data: (number | null)[] }[]
  expect(series.map((one) => [one.type, one.data])).toEqual([
    ['line', [1, 1, 1]],
    ['line', [3, 3, 3]],
    ['bar', [0, 1, null]],
    ['line', [1, 1, 1]],
  ])
})

it('moves nothing, and draws its words into itself', () => {
  const chart = daysChart([], { filed: 'a', closed: 'b' })(inks)
  expect(chart).toMatchObject({ animation: false, tooltip: { renderMode: 'richText' } })
})
