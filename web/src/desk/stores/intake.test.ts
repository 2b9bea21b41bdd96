import { expect, it } from 'vitest'
import type { Model } from '@/shared/api/client'
import { asCase, firstKind, kindsFor, lacking, lastTaken, taken, type IntakeDraft } from './intake'

const draft = (some: Partial<IntakeDraft> = {}): IntakeDraft => ({
  phone: '13800001234',
  name: '',
  address: '',
  anonymous: false,
  confidential: false,
  caseType: 'a_type',
  demand: 'a_demand',
  channel: 'a_channel',
  matter: '',
  title: ' ',
  text: '想问怎么办证',
  place: '',
  position: null,
  area: '990101000000',
  files: [],
  outcome: 'told',
  reply: '请带身份证到大厅',
  key: '',
  ...some,
})

it('answers at once only what may be answered at once', () => {
  expect(asCase(draft(), true).answer).toEqual({ outcome: 'told', reply: '请带身份证到大厅' })
  expect(asCase(draft(), false).answer).toBeUndefined()
  expect(asCase(draft({ reply: ' ' }), true).answer).toBeUndefined()
})

it('names nobody who stays anonymous, and one place', () => {
  expect(asCase(draft({ anonymous: true }), false).reporter).toBeUndefined()
  expect(asCase(draft({ phone: '' }), false).reporter).toBeUndefined()
  const placed = asCase(draft({ position: { lon: 100, lat: 36 } }), false)
  expect(placed.area).toBeUndefined()
  expect(placed.title).toBeUndefined()
})

it('says what is lacking', () => {
  expect(lacking(draft())).toEqual({})
  expect(Object.keys(lacking(draft({ text: ' ', area: '', channel: '' })))).toEqual(['text', 'channel', 'place'])
  expect(Object.keys(lacking(draft({ demand: '' })))).toEqual(['demand'])
})

const step = (from: string, by: string[]) => ({ name: by.join(), from: [from], by })
const model = {
  case_types: [
    { name: 'brought', workflow: 'record' },
    { name: 'find', workflow: 'grid' },
    { name: 'demand', workflow: 'loop' },
  ],
  workflows: [
    { name: 'record', start: 'a', steps: [step('a', ['program']), step('b', ['dispatcher'])] },
    { name: 'grid', start: 'a', steps: [step('a', ['grid_worker', 'operator'])] },
    { name: 'loop', start: 'a', steps: [step('a', ['operator', 'dispatcher']), step('b', ['reporter'])] },
  ],
  demands: [
    { name: 'question', counts_in_rates: false },
    { name: 'complaint', counts_in_rates: true },
  ],
  channels: [{ name: 'a_channel' }],
} as unknown as Model

it('begins with what fits a role, and offers what somebody has to do with', () => {
  const offered = (role: string) => kindsFor(model, [role]).map((kind) => kind.name)
  expect(offered('operator')).toEqual(['find', 'demand'])
  expect(offered('grid_worker')).toEqual(['find', 'demand'])
  expect(offered('dispatcher')).toEqual(['brought', 'demand'])
  expect(firstKind(model, ['operator'])).toEqual({ caseType: 'demand', demand: 'complaint' })
  expect(firstKind(model, ['dispatcher'])).toEqual({ caseType: 'demand', demand: 'complaint' })
  expect(firstKind(model, ['grid_worker'])).toEqual({ caseType: 'find', demand: '' })
  expect(firstKind(model, ['verifier'])).toEqual({ caseType: 'demand', demand: 'complaint' })
})

it('remembers what an account took last, and nobody else', () => {
  taken(draft({ caseType: 'find', demand: 'question' }), 'one')
  expect(lastTaken(model, 'one')).toEqual({ caseType: 'find', demand: 'question', channel: 'a_channel' })
  expect(lastTaken(model, 'two')).toBeUndefined()
  taken(draft({ caseType: 'gone', demand: 'question' }), 'one')
  expect(lastTaken(model, 'one')?.caseType).toBe('')
})
