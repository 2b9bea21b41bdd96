import { expect, it } from 'vitest'
import { firstPassword } from './passwords'

it('has letters of every kind, and none that are mistaken for others', () => {
  const seen = new Set<string>()
  for (let at = 0; at < 200; at += 1) {
    const password = firstPassword()
    expect(password).toMatch(/^[A-Za-z2-9]{4}(-[A-Za-z2-9]{4}){3}$/)
    expect(password).toMatch(/[A-Z]/)
    expect(password).toMatch(/[a-z]/)
    expect(password).toMatch(/[2-9]/)
    expect(password).not.toMatch(/[IOlo01]/)
    seen.add(password)
  }
  expect(seen.size).toBe(200)
})
