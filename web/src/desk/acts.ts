import type { Schemas } from '@/shared/api/client'

export type Act = Schemas['ActName']
export type NewStep = Schemas['NewStep']

/** Acts that carry no case on: the way is never marked by them. */
export const TURNS_BACK: Act[] = ['reject', 'rework', 'urge', 'reopen']

/** Something that comes along with a step. */
export type StepField = 'outcome' | 'reply' | 'note' | 'matter' | 'units' | 'limit' | 'answers' | 'evidence'

/** What a step is asked for, by what it does: the engine's acts, so that the steps of any pack have their form. */
const FIELDS: Record<Act, { needed: StepField[]; beside: StepField[] }> = {
  answer: { needed: ['outcome', 'reply'], beside: [] },
  reject: { needed: ['note'], beside: [] },
  dispatch: { needed: [], beside: ['matter', 'units', 'limit', 'note'] },
  accept: { needed: [], beside: [] },
  contact: { needed: ['note'], beside: [] },
  hand_in: { needed: ['outcome', 'reply'], beside: ['evidence'] },
  pass: { needed: [], beside: ['note', 'evidence'] },
  rework: { needed: ['note'], beside: ['evidence'] },
  call_back: { needed: ['answers'], beside: ['note'] },
  rate: { needed: ['answers'], beside: [] },
  reopen: { needed: ['note'], beside: [] },
  urge: { needed: ['note'], beside: [] },
  move: { needed: [], beside: ['note'] },
}

export function fieldsOf(step: Schemas['AvailableStep']): { field: StepField; needed: boolean }[] {
  const { needed, beside } = FIELDS[step.act]
  const all = [...needed, ...beside.filter((field) => !needed.includes(field))]
  const fields = all.map((field) => ({ field, needed: needed.includes(field) }))
  if (!step.evidence.length) return fields
  // The pack wants proof: then it is asked for, whatever the act.
  return [...fields.filter((one) => one.field !== 'evidence'), { field: 'evidence', needed: true }]
}

/** A step while it is filled in. */
export interface StepDraft {
  outcome: string
  reply: string
  note: string
  matter: string
  lead: string
  assist: string[]
  limit: string
  reached: boolean | null
  responded: boolean | null
  solved: boolean | null
  satisfaction: '' | Schemas['SatisfactionName']
  files: { id: string; name: string; media: string; kind: string }[]
}

export const emptyStep = (): StepDraft => ({
  outcome: '',
  reply: '',
  note: '',
  matter: '',
  lead: '',
  assist: [],
  limit: '',
  reached: null,
  responded: null,
  solved: null,
  satisfaction: '',
  files: [],
})

/** What is still missing. */
export function missing(step: Schemas['AvailableStep'], draft: StepDraft): StepField[] {
  const has: Record<StepField, boolean> = {
    outcome: Boolean(draft.outcome),
    reply: Boolean(draft.reply.trim()),
    note: Boolean(draft.note.trim()),
    matter: Boolean(draft.matter),
    units: Boolean(draft.lead),
    limit: Boolean(draft.limit),
    answers:
      draft.reached === false ||
      (draft.reached === true && draft.responded !== null && draft.solved !== null && Boolean(draft.satisfaction)),
    evidence: step.evidence.every((kind) => draft.files.some((file) => file.kind === kind.name)),
  }
  return fieldsOf(step)
    .filter((one) => one.needed && !has[one.field])
    .map((one) => one.field)
}

/** The step as the interface takes it: what its form does not ask for stays away. */
export function asStep(step: Schemas['AvailableStep'], draft: StepDraft, version: number | undefined): NewStep {
  const asked = new Set(fieldsOf(step).map((one) => one.field))
  const text = (field: StepField, value: string) => (asked.has(field) && value.trim() ? value.trim() : undefined)
  const units = asked.has('units') && draft.lead
  const answers = asked.has('answers')
    ? draft.reached
      ? {
          reached: true,
          responded: draft.responded ?? undefined,
          solved: draft.solved ?? undefined,
          satisfaction: draft.satisfaction || undefined,
        }
      : { reached: false }
    : undefined
  return {
    step: step.step.name,
    version,
    note: text('note', draft.note),
    reply: text('reply', draft.reply),
    outcome: text('outcome', draft.outcome),
    matter: text('matter', draft.matter),
    limit_class: text('limit', draft.limit),
    lead: units ? draft.lead : undefined,
    assist: units ? draft.assist : undefined,
    answers,
    evidence: asked.has('evidence') ? draft.files.map((file) => ({ kind: file.kind, attachment: file.id })) : [],
  }
}
