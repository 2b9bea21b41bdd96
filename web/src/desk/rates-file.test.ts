import { expect, it } from 'vitest'
import { ranksAmong, ratesSheet } from './rates-file'
import type { RatesRow } from './stores/figures'
import { unitKind } from './units'

const row = (code: string, score: number | undefined, rank?: number): RatesRow => ({
  code,
  title: { zh: code, en: code },
  counts: {},
  rates: { response: { numerator: 3, denominator: 4, value: 0.75 } },
  scores: { composite: { value: score, cases: 30, too_few: rank === undefined, ...(rank ? { rank } : {}) } },
})

it('ranks anew those that are shown, and gives equal scores the same place', () => {
  const ranks = ranksAmong([row('a', 0.9, 2), row('b', 0.8, 5), row('c', 0.9, 2), row('d', 0.95)])
  expect([...ranks]).toEqual([['a', 1], ['b', 3], ['c', 1]])
})

it('writes what is shown: place, name, score, and each rate with what it is made of', () => {
  const rate = {
    name: 'response',
    title: { zh: '响应率', en: '响应率' },
    formula: { zh: '', en: '' },
    numerator: ['x'],
    denominator: ['y'],
    less_is_better: false,
  }
  const words = { rank: '名次', head: '单位', total: '合计', score: '得分' }
  const rows = [row('a', 0.9, 2), row('b', undefined)]
  expect(ratesSheet([rate], row('t', undefined), rows, ranksAmong(rows), words)).toEqual([
    ['名次', '单位', '得分', '响应率', '响应率 ÷', '÷ 响应率'],
    [null, '合计', null, { part: 0.75 }, 3, 4],
    [1, 'a', { part: 0.9 }, { part: 0.75 }, 3, 4],
    [null, 'b', null, { part: 0.75 }, 3, 4],
  ])
  expect(ratesSheet([rate], row('t', undefined), [], undefined, words)[0]).toEqual(['单位', '响应率', '响应率 ÷', '÷ 响应率'])
})

it('tells kinds of units by their codes', () => {
  const codes = ['990100000000-water', '990101000000-housing', '990101005000', '990101005012']
  expect(codes.map(unitKind)).toEqual(['city', 'department', 'street', 'community'])
})
