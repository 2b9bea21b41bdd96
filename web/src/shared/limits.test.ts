import { expect, it } from 'vitest'
import { stateOfCase } from './limits'

const at = (time: string) => Date.parse(`2026-11-23T${time}+08:00`)

it('tells how a limit stands as the server does, so that a short one does not press from its first second', () => {
  const due = { due_at: '2026-11-23T11:00:00+08:00', near_from: '2026-11-23T10:30:00+08:00' }
  expect(stateOfCase(due, at('09:00:00'))).toBe('running')
  expect(stateOfCase(due, at('10:30:00'))).toBe('near')
  expect(stateOfCase(due, at('11:00:01'))).toBe('late')
  expect(stateOfCase({ ...due, overdue: true }, at('09:00:00'))).toBe('late')
  expect(stateOfCase({ due_at: due.due_at }, at('10:59:00'))).toBe('running')
  expect(stateOfCase({}, at('09:00:00'))).toBeUndefined()
})
