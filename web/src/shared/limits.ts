import type { Schemas } from './api/client'

/** How a limit stands, as pages show it: each has a sign, a word and a colour, never the colour alone. */
export type LimitState = 'late' | 'near' | 'running' | 'paused' | 'met' | 'missed' | 'unknown'

/** The sign of a state: told apart by shape, in print and by people who see no colours. */
export const SIGN: Record<LimitState, string> = {
  late: '▲',
  near: '◆',
  running: '○',
  paused: '‖',
  met: '✓',
  missed: '✕',
  unknown: '？',
}

interface Due {
  due_at?: string
  /** From when on it is near, as the server says. */
  near_from?: string
  overdue?: boolean
}

/** The state of a case's next limit in a list. */
export function stateOfCase(of: Due, now: number): LimitState | undefined {
  if (of.overdue) return 'late'
  if (!of.due_at) return undefined
  if (Date.parse(of.due_at) < now) return 'late'
  return of.near_from && Date.parse(of.near_from) <= now ? 'near' : 'running'
}

/** The state of a clock. */
export function stateOfClock(clock: Schemas['Clock'], now: number): LimitState {
  switch (clock.standing) {
    case 'overdue':
      return 'late'
    case 'paused':
      return 'paused'
    case 'stopped':
      return clock.in_time ? 'met' : 'missed'
    case 'no_calendar':
      return 'unknown'
    default:
      return stateOfCase(clock, now) ?? 'running'
  }
}
