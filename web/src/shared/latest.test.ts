import { expect, test } from 'vitest'
import { latest } from './latest'

test('an asking counts until another begins', () => {
  const begin = latest()
  const first = begin()
  expect(first()).toBe(true)
  const second = begin()
  expect([first(), second()]).toEqual([false, true])
})
