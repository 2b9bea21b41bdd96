import { expect, it } from 'vitest'
import { verdictWords } from './verdict'

const t = (key: string, named?: Record<string, unknown>) => `${key} ${Object.values(named ?? {}).join(' ')};`

it('tells how much more only where there are enough to make parts of', () => {
  const often = [24, 26, 25, 24, 30, 27, 26, 25]
  expect(verdictWords(t, { count: 60, usual: often })).toBe('day.storm.whole 60;day.storm.storm 24–30 135 %;')
  expect(verdictWords(t, { count: 9, usual: often })).toBe('day.storm.whole 9;day.storm.less 24–30 65 %;')
  const seldom = [1, 2, 1, 3, 2, 1, 2, 2]
  expect(verdictWords(t, { count: 8, usual: seldom }, '14:47')).toMatch(/^day\.storm\.sofar 14:47 8;day\.storm\.morePlain 1–3/)
  expect(verdictWords(t, { count: 2, usual: seldom })).toMatch(/day\.storm\.usual 1–3/)
})
