import { describe, expect, it } from 'vitest'
import { judge, median, ranked } from './usual'

describe('a day against the usual', () => {
  const usual = [24, 26, 30, 28, 41, 27, 29, 33]

  it('has a middle', () => {
    expect(median([3, 1, 2])).toBe(2)
    expect(median([4, 1, 2, 3])).toBe(2.5)
    expect(median(usual)).toBe(28.5)
  })

  it('is usual between the least and the most, whatever chance would say', () => {
    expect(judge({ count: 41, usual }).verdict).toBe('usual')
    expect(judge({ count: 24, usual }).verdict).toBe('usual')
    // Beyond the most, but no further than chance goes.
    expect(judge({ count: 42, usual }).verdict).toBe('usual')
  })

  it('is more, and a storm when it is far more', () => {
    const more = judge({ count: 45, usual })
    expect(more).toMatchObject({ verdict: 'more', low: 24, high: 41, middle: 28.5 })
    expect(more.change).toBeCloseTo(0.579, 3)
    expect(judge({ count: 90, usual }).verdict).toBe('storm')
    expect(judge({ count: 10, usual }).verdict).toBe('less')
  })

  it('does not call a handful a storm', () => {
    expect(judge({ count: 3, usual: [0, 1, 0, 2, 1, 0, 0, 1] }).verdict).toBe('usual')
    expect(judge({ count: 4, usual: [0, 0, 0, 0, 0, 0, 0, 0] }).change).toBeUndefined()
  })

  it('says nothing of too few days', () => {
    expect(judge({ count: 100, usual: [1, 2, 3] })).toMatchObject({ verdict: 'unknown', distance: 0 })
    expect(judge({ count: 100, usual: [] }).verdict).toBe('unknown')
  })

  it('puts first what stands out most, and asks more of one among many', () => {
    const rows = ranked([
      { name: 'much, as always', count: 40, usual: [40, 41, 39, 42] },
      { name: 'a little more', count: 45, usual },
      { name: 'far more', count: 12, usual: [1, 2, 1, 0, 2, 1, 1, 2] },
    ])
    expect(rows.map((row) => row.name)).toEqual(['far more', 'a little more', 'much, as always'])
    expect(rows.map((row) => row.judged.verdict)).toEqual(['storm', 'usual', 'usual'])
  })
})
