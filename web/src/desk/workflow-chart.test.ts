import { expect, it } from 'vitest'
import type { Model, Schemas } from '@/shared/api/client'
import { broken, chartOf } from './workflow-chart'

const title = (zh: string) => ({ zh, en: zh })
const state = (name: string, phase: Schemas['State']['phase']): Schemas['State'] => ({ name, title: title(name), phase })
const step = (name: string, from: string[], to: string | undefined): Schemas['Step'] => ({
  name,
  title: title(name),
  act: 'move',
  from,
  by: ['handler'],
  needs: [],
  ...(to ? { to } : {}),
})
const workflow: Schemas['Workflow'] = {
  name: 'way',
  title: title('way'),
  start: 'waiting',
  returned: 'waiting',
  merged: 'done',
  reopened: 'taken',
  states: [state('done', 'closed'), state('again', 'handling'), state('taken', 'handling'), state('waiting', 'dispatch')],
  steps: [step('take', ['waiting'], 'taken'), step('note', ['taken'], undefined), step('finish', ['taken', 'again'], 'done'), step('undo', ['done'], 'again')],
}
const request = { kind: 'return', title: title('退'), asked_by: ['handler'], decided_by: ['dispatcher'], phases: ['handling'], limit: 'x', before_due: false }
const model = { requests: [request] } as unknown as Model

it('puts states beside one another by phase, and every way on a line of its own', () => {
  const chart = chartOf(model, workflow, (one) => one.zh, (name) => name)
  expect(chart.states.map((one) => one.name)).toEqual(['waiting', 'taken', 'again', 'done'])
  expect(chart.states[0]?.isStart).toBe(true)
  expect(chart.phases.map((one) => one.phase)).toEqual(['dispatch', 'handling', 'closed'])
  const ways = chart.ways.map((one) => [one.key, one.from, one.to])
  expect(ways).toEqual([
    ['take', [0], 1],
    ['note', [1], undefined],
    ['finish', [1, 2], 3],
    ['undo', [3], 2],
    ['request.return', [1, 2], 0],
  ])
  expect(new Set(chart.ways.map((one) => one.y)).size).toBe(chart.ways.length)
  expect(chart.ways.every((one) => one.y < chart.height)).toBe(true)
})

it('leaves out what leads nowhere it knows', () => {
  const odd = { ...workflow, steps: [step('lost', ['nowhere'], 'taken'), step('away', ['taken'], 'nowhere')] }
  expect(chartOf({ requests: [] } as unknown as Model, odd, (one) => one.zh, (name) => name).ways).toEqual([])
})

it('breaks words where it may', () => {
  expect(broken('待派单', 7)).toEqual(['待派单'])
  expect(broken('诉求人称未解决退回', 4)).toEqual(['诉求人称', '未解决退', '回'])
  expect(broken('Answered at intake', 6)).toEqual(['Answered', 'at intake'])
})
