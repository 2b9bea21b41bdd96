import { api, ask, type Model, type Schemas } from '@/shared/api/client'
import { useDraft } from '@/shared/drafts'
import { randomKey } from '@/shared/key'
import { keep, kept } from '@/shared/preferences'
import { residentCaseTypes, workflowOf } from '@/shared/stores/model'

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
export function lacking(draft: IntakeDraft): Partial<Record<'text' | 'demand' | 'channel' | 'place', string>> {
  const lacks: ReturnType<typeof lacking> = {}
  if (!draft.text.trim()) lacks.text = 'intake.wrong.text'
  if (!draft.demand) lacks.demand = 'check.choose'
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

/** The kinds of case that somebody with these roles takes: what residents ask for, and what they carry on themselves. */
export function kindsFor(model: Model, roles: string[]): Schemas['CaseType'][] {
  const residents = residentCaseTypes(model)
  const isTheirs = (kind: Schemas['CaseType']) => workflowOf(model, kind.name)?.steps.some((step) => step.by.some((who) => roles.includes(who)))
  return model.case_types.filter((kind) => residents.includes(kind) || isTheirs(kind))
}

/** What somebody with these roles takes first: of what they are the first to act on what residents ask for, else their own. */
export function firstKind(model: Model, roles: string[]): { caseType: string; demand: string } {
  const kinds = kindsFor(model, roles)
  const own = kinds.filter((kind) => {
    const workflow = workflowOf(model, kind.name)
    return workflow?.steps.some((step) => step.from.includes(workflow.start) && step.by.some((who) => roles.includes(who)))
  })
  const residents = new Set(residentCaseTypes(model).map((kind) => kind.name))
  const ofResidents = (list: Schemas['CaseType'][]) => list.find((kind) => residents.has(kind.name))
  const caseType = (ofResidents(own) ?? own[0] ?? ofResidents(kinds) ?? kinds[0])?.name ?? ''
  // What residents mostly ask for counts in rates; of what others find nothing can be said before.
  const demand = residents.has(caseType) ? (model.demands.find((one) => one.counts_in_rates) ?? model.demands[0])?.name : ''
  return { caseType, demand: demand ?? '' }
}

const LAST = 'quanyu.intake.last'
/** What an account took last, as far as the rules in force still have it: most take theirs through one channel alone. */
export function lastTaken(model: Model, account: string | undefined): { caseType: string; demand: string; channel: string } | undefined {
  try {
    const last = JSON.parse(kept('localStorage', LAST) ?? 'null') as Record<string, unknown> | null
    if (!account || last?.['account'] !== account) return undefined
    const known = (list: { name: string }[], name: unknown) => list.find((one) => one.name === name)?.name ?? ''
    const caseType = known(model.case_types, last['caseType'])
    return { caseType, demand: known(model.demands, last['demand']), channel: known(model.channels, last['channel']) }
  } catch {
    return undefined
  }
}
export const taken = ({ caseType, demand, channel }: IntakeDraft, account: string | undefined): void =>
  keep('localStorage', LAST, JSON.stringify({ account, caseType, demand, channel }))

/** Files it; sent again after a fault it is the same case. */
export function file(draft: IntakeDraft, mayAnswer: boolean): Promise<Schemas['FiledCase']> {
  draft.key ||= randomKey()
  const header = { 'Idempotency-Key': draft.key }
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
