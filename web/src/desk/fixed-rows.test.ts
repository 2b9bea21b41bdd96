import { expect, it } from 'vitest'
import { useElements } from './fixed-rows'

const from = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, at) => String(first + at))

it('gives what comes into sight the elements of what left, and leaves what stays alone', () => {
  const elements = useElements()
  const first = elements(from(0, 9))
  expect(new Set(first).size).toBe(10)
  const scrolled = elements(from(3, 12))
  expect(scrolled.slice(0, 7), 'those that stay').toEqual(first.slice(3))
  expect(scrolled.slice(7), 'those that came').toEqual(first.slice(0, 3))
  expect(new Set(elements(from(900, 909))), 'a leap makes nothing anew').toEqual(new Set(first))
  // As many as are drawn, and when there are more again, more.
  expect(new Set(elements(from(0, 4))).size).toBe(5)
  expect(new Set(elements(from(0, 19))).size).toBe(20)
})

it('never shows another row where the focus is', () => {
  const elements = useElements()
  const before = elements(from(0, 9), '4')
  const after = elements(from(20, 29), '4')
  expect(after).not.toContain(before[4])
  // One that went before it in order keeps its element.
  const moved = elements(['28', '21', '20'], '20')
  expect(moved).toEqual([after[8], after[1], after[0]])
})
