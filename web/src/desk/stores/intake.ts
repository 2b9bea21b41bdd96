import { api, ask, type Schemas } from '@/shared/api/client'
import { useDraft } from '@/shared/drafts'
import { randomKey } from '@/shared/key'
import { keep, kept } from '@/shared/preferences'

/** A demand while it is being told. */
export interface IntakeDraft {
  phone: string
  name: string
  address: string
  anonymous: boolean
  confidential: boolean
  caseType: string
  demand: string
  channel: string
  matter: string
  title: string
  text: string
  place: string
  position: { lon: number; lat: number } | null
  area: string
  files: { id: string; name: string; media: string; kind: string }[]
  outcome: string
  reply: string
  key: string
}

const empty = (): IntakeDraft => ({
  phone: '',
  name: '',
  address: '',
  anonymous: false,
  confidential: false,
  caseType: '',
  demand: '',
  channel: '',
  matter: '',
  title: '',
  text: '',
  place: '',
  position: null,
  area: '',
  files: [],
  outcome: '',
  reply: '',
  key: '',
})

export const useIntake = () => useDraft<IntakeDraft>('intake', empty)

/** What is missing, by field. */
export function lacking(draft: IntakeDraft): Partial<Record<'text' | 'channel' | 'place', string>> {
  const lacks: ReturnType<typeof lacking> = {}
  if (!draft.text.trim()) lacks.text = 'intake.wrong.text'
  if (!draft.channel) lacks.channel = 'intake.wrong.channel'
  if (!draft.position && !draft.area) lacks.place = 'intake.wrong.place'
  return lacks
}

/** The demand as the interface takes it. */
export function asCase(draft: IntakeDraft, mayAnswer: boolean): Schemas['NewCase'] {
  const filled = (text: string) => text.trim() || undefined
  const person = { name: filled(draft.name), phone: filled(draft.phone), address: filled(draft.address) }
  const isKnown = !draft.anonymous && Object.values(person).some(Boolean)
  const answers = mayAnswer && draft.outcome && draft.reply.trim()
  return {
    case_type: draft.caseType,
    demand: draft.demand,
    channel: draft.channel,
    matter: draft.matter || undefined,
    title: filled(draft.title),
    text: draft.text.trim(),
    place: filled(draft.place),
    position: draft.position ? { ...draft.position, datum: 'cgcs2000' } : undefined,
    area: draft.position ? undefined : draft.area || undefined,
    reporter: isKnown ? person : undefined,
    evidence: draft.files.map((file) => ({ kind: file.kind, attachment: file.id })),
    answer: answers ? { outcome: draft.outcome, reply: draft.reply.trim() } : undefined,
    confidential: draft.confidential,
  }
}

const CHANNEL = 'quanyu.intake.channel'
/** The channel through which this desk took its last demand: most take theirs through one alone. */
export const lastChannel = () => kept('localStorage', CHANNEL) ?? ''

/** Files it; sent again after a fault it is the same case. */
export function file(draft: IntakeDraft, mayAnswer: boolean): Promise<Schemas['FiledCase']> {
  draft.key ||= randomKey()
  const header = { 'Idempotency-Key': draft.key }
  keep('localStorage', CHANNEL, draft.channel)
  return ask(api.POST('/api/v1/cases', { params: { header }, body: asCase(draft, mayAnswer) }))
}

export const earlier = (phone: string, purpose: string) =>
  ask(api.POST('/api/v1/callers/lookup', { body: { phone, purpose } }))

export const alike = (text: string, matter: string, position: { lon: number; lat: number }) =>
  ask(
    api.POST('/api/v1/similar', {
      body: { text, matter: matter || undefined, position: { ...position, datum: 'cgcs2000' } },
    }),
  )

export const suggestions = (text: string) =>
  ask(api.GET('/api/v1/matters/suggestions', { params: { query: { text, limit: 5 } } }))
