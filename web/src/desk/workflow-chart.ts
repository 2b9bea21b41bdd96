import type { Model, Schemas } from '@/shared/api/client'
import { listed } from '@/shared/listed'

/** A text in the reader's language. */
type Told = (title: Schemas['Title']) => string

/** A state as a column. */
export interface ChartState {
  name: string
  lines: string[]
  x: number
  isStart: boolean
  isClosed: boolean
}

/** A phase above its states. */
export interface ChartPhase {
  phase: string
  x: number
  width: number
}

/** A way from one or several states to another, or one that leaves a case where it is. */
export interface ChartWay {
  key: string
  title: string
  who: string
  /** From which columns, ascending. */
  from: number[]
  /** To which column; `undefined`: it stays. */
  to: number | undefined
  y: number
  /** Whether it is what becomes of a request that was granted. */
  isRequest: boolean
  condition: string | undefined
  /** Where its words stand. */
  at: number
  anchor: 'start' | 'end'
}

export interface Chart {
  states: ChartState[]
  phases: ChartPhase[]
  ways: ChartWay[]
  width: number
  height: number
  /** Where the lines of the states begin. */
  top: number
}

/** In units of which fourteen are the height of a letter on the desk. */
export const COLUMN = 116
const ROW = 42
const HEAD = 92
const LETTER = 13.5

/** Phases in the order of the closed loop. */
export const PHASES = ['intake', 'dispatch', 'handling', 'verification', 'call_back', 'closed'] as const

/** How wide a text is, in letters: a Chinese one is one, any other about half. */
function letters(text: string): number {
  return [...text].reduce((sum, letter) => sum + (letter.charCodeAt(0) > 0x2e7f ? 1 : 0.55), 0)
}

/** A text in lines of at most so many letters: Chinese breaks anywhere, other words between them. */
export function broken(text: string, most: number): string[] {
  const parts = text.match(/[⺀-￿]|[^\s⺀-￿]+\s*/gu) ?? [text]
  const lines: string[] = []
  for (const part of parts) {
    const last = lines.at(-1)
    if (last !== undefined && letters((last + part).trimEnd()) <= most) lines[lines.length - 1] = last + part
    else lines.push(part)
  }
  return lines.map((line) => line.trim())
}

/**
 * A workflow as lines that stand for states, by phase from left to right, and ways between them from top to bottom: whatever
 * a pack declares has its place, and nothing crosses.
 */
export function chartOf(model: Model, workflow: Schemas['Workflow'], told: Told, performer: (name: string) => string): Chart {
  const order = (state: Schemas['State']) => PHASES.indexOf(state.phase)
  // Within a phase a state that comes from another in it stands after it: in the order in which steps lead there.
  const reached = new Map<string, number>()
  const reach = (name: string) => void (reached.has(name) || reached.set(name, reached.size))
  reach(workflow.start)
  workflow.steps.forEach((step) => step.to && reach(step.to))
  const rank = (state: Schemas['State']) => reached.get(state.name) ?? reached.size
  const sorted = [...workflow.states].sort((a, b) => order(a) - order(b) || rank(a) - rank(b))
  const x = (at: number) => at * COLUMN + COLUMN / 2
  const column = (name: string) => sorted.findIndex((state) => state.name === name)
  const width = sorted.length * COLUMN
  const states = sorted.map((state, at) => ({
    name: state.name,
    lines: broken(told(state.title), 7.5),
    x: x(at),
    isStart: state.name === workflow.start,
    isClosed: state.phase === 'closed',
  }))
  const phases = PHASES.map((phase) => {
    const own = sorted.flatMap((state, at) => (state.phase === phase ? [at] : []))
    return { phase, x: (own[0] ?? 0) * COLUMN, width: own.length * COLUMN }
  }).filter((phase) => phase.width > 0)

  const ways: ChartWay[] = []
  const add = (way: Omit<ChartWay, 'y' | 'at' | 'anchor' | 'from' | 'to'> & { from: string[]; to: string | undefined }) => {
    const from = way.from.map(column).filter((at) => at >= 0)
    const to = way.to === undefined ? undefined : column(way.to)
    if (!from.length || to === -1) return
    from.sort((a, b) => a - b)
    const left = Math.min(...from, to ?? Infinity)
    const words = letters(`${way.title}  ${way.who}${way.condition ? ' ◇' : ''}`) * LETTER
    const fits = x(left) + 10 + words <= width
    ways.push({
      ...way,
      from,
      to,
      y: HEAD + 34 + ways.length * ROW,
      at: fits ? x(left) + 10 : width - 4,
      anchor: fits ? 'start' : 'end',
    })
  }
  const comma = (names: string[]) => listed(names.map(performer))
  for (const step of workflow.steps) {
    const to = step.to && step.from.includes(step.to) && step.from.length === 1 ? undefined : step.to
    add({ key: step.name, title: told(step.title), who: comma(step.by), from: step.from, to, isRequest: false, condition: step.when_title && told(step.when_title) })
  }
  const leads: Partial<Record<Schemas['RequestKindName'], string>> = { return: workflow.returned, merge: workflow.merged, reopen: workflow.reopened }
  for (const request of model.requests) {
    const to = leads[request.kind]
    const from = sorted.filter((state) => request.phases.includes(state.phase) && state.name !== to)
    const who = `${comma(request.asked_by)} → ${comma(request.decided_by)}`
    if (to) {
      add({ key: `request.${request.kind}`, title: told(request.title), who, from: from.map((state) => state.name), to, isRequest: true, condition: undefined })
    }
  }
  return { states, phases, ways, width, height: HEAD + 24 + ways.length * ROW, top: HEAD }
}
