import { describe, expect, it } from 'vitest'
import type { Schemas } from '@/shared/api/client'
import { asStep, emptyStep, fieldsOf, missing } from './acts'

const step = (act: Schemas['ActName'], evidence: string[] = []): Schemas['AvailableStep'] => ({
  step: { name: `a_${act}`, title: { zh: '步', en: 'step' } },
  act,
  evidence: evidence.map((name) => ({ name, title: { zh: '证', en: 'proof' } })),
})
const seen = 7

describe('the form of a step', () => {
  it('asks for what the act needs, and for the proof that the pack wants', () => {
    expect(fieldsOf(step('accept'))).toEqual([])
    const fields = fieldsOf(step('pass', ['picture']))
    expect(fields).toContainEqual({ field: 'evidence', needed: true })
    const draft = emptyStep()
    expect(missing(step('pass', ['picture']), draft)).toEqual(['evidence'])
    draft.files.push({ id: '1', name: 'a', media: 'image/png', kind: 'paper' })
    expect(missing(step('pass', ['picture']), draft)).toEqual(['evidence'])
    draft.files.push({ id: '2', name: 'b', media: 'image/png', kind: 'picture' })
    expect(missing(step('pass', ['picture']), draft)).toEqual([])
  })

  it('wants all three answers of somebody who was reached, and none of others', () => {
    const draft = { ...emptyStep(), reached: true, responded: true, solved: false }
    expect(missing(step('call_back'), draft)).toEqual(['answers'])
    expect(missing(step('call_back'), { ...draft, satisfaction: 'dissatisfied' as const })).toEqual([])
    const nobody = { ...draft, reached: false }
    expect(missing(step('call_back'), nobody)).toEqual([])
    expect(asStep(step('call_back'), nobody, seen).answers).toEqual({ reached: false })
  })

  it('sends only what it asks for, with the version that was seen', () => {
    const draft = { ...emptyStep(), note: ' 已约定 ', reply: 'left from another step', lead: 'x' }
    const sent = asStep(step('contact'), draft, seen)
    expect(sent).toMatchObject({ step: 'a_contact', version: 7, note: '已约定' })
    expect(sent.reply).toBeUndefined()
    expect(sent.lead).toBeUndefined()
  })
})
