import { expect, it } from 'vitest'
import { asCase, lacking, type IntakeDraft } from './intake'

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
})
