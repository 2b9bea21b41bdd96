import { describe, expect, it } from 'vitest'
import type { Model } from '@/shared/api/client'
import { asCase, whatIsWrong, type ReportDraft } from './report'

const draft = (some: Partial<ReportDraft>): ReportDraft => ({
  text: '路灯三天不亮了',
  demand: 'a_demand',
  matter: null,
  place: '柳树巷口',
  position: null,
  area: '990101001000',
  photos: [],
  name: '',
  phone: '13800001234',
  anonymous: false,
  confidential: false,
  key: '',
  ...some,
})

const title = { zh: '名', en: 'name' }
const model = {
  case_types: [
    { name: 'of_the_desk', title, workflow: 'inner' },
    { name: 'of_residents', title, workflow: 'outer' },
  ],
  workflows: [
    { name: 'inner', steps: [{ by: ['handler'] }] },
    { name: 'outer', steps: [{ by: ['handler'] }, { by: ['reporter'] }] },
  ],
  channels: [
    { name: 'by_phone', title, public: false },
    { name: 'by_page', title, public: true },
  ],
  evidence: [
    { name: 'paper', title, media: ['application/pdf'] },
    { name: 'picture', title, media: ['image/*'] },
  ],
} as unknown as Model

describe('a report', () => {
  it('needs words, a place and a way to answer', () => {
    expect(whatIsWrong(draft({}))).toEqual({})
    expect(Object.keys(whatIsWrong(draft({ text: '灯', place: ' ', phone: '12' })))).toEqual(['text', 'place', 'phone'])
    expect(whatIsWrong(draft({ phone: '', anonymous: true }))).toEqual({})
    expect(whatIsWrong(draft({ place: '', position: { lon: 100, lat: 36 } }))).toEqual({})
    expect(Object.keys(whatIsWrong(draft({ area: '' })))).toEqual(['place'])
  })

  it('goes to the kind of case in which residents take part, through a public channel', () => {
    const filed = asCase(draft({ photos: [{ id: '1', name: 'a.jpg', media: 'image/jpeg' }] }), model)
    expect(filed).toMatchObject({ case_type: 'of_residents', channel: 'by_page' })
    expect(filed.evidence).toEqual([{ kind: 'picture', attachment: '1' }])
  })

  it('of somebody anonymous names nobody, even where a number was typed before', () => {
    expect(asCase(draft({ anonymous: true, name: '张三' }), model).reporter).toBeUndefined()
  })
})
