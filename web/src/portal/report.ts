import { api, ask, type Model, type Schemas } from '@/shared/api/client'
import { useDraft } from '@/shared/drafts'
import { randomKey } from '@/shared/key'
import { evidenceFor, residentCaseTypes } from '@/shared/stores/model'

/** A photo that has been taken in by the server. */
export interface Photo {
  id: string
  name: string
  media: string
}

/** A report while it is written. */
export interface ReportDraft {
  text: string
  demand: string
  matter: { code: string; title: Schemas['Title'] } | null
  place: string
  position: { lon: number; lat: number } | null
  area: string
  photos: Photo[]
  name: string
  phone: string
  anonymous: boolean
  confidential: boolean
  /** Stays the same however often it is sent, so that a report gets in once. */
  key: string
}

function empty(): ReportDraft {
  return {
    text: '',
    demand: '',
    matter: null,
    place: '',
    position: null,
    area: '',
    photos: [],
    name: '',
    phone: '',
    anonymous: false,
    confidential: false,
    key: '',
  }
}

/** The report of this tab. */
export function useReport() {
  return useDraft<ReportDraft>('report', empty)
}

/** Whether somebody can be called under it. */
export function isTelephone(phone: string): boolean {
  return /^\+?\d{7,15}$/.test(phone.replace(/[\s-]/g, ''))
}

/** What is missing or wrong, by field; nothing: it can be sent. */
export function whatIsWrong(draft: ReportDraft): Partial<Record<'text' | 'demand' | 'place' | 'phone', string>> {
  const wrong: ReturnType<typeof whatIsWrong> = {}
  if (draft.text.trim().length < 5) wrong.text = 'report.wrong.text'
  if (!draft.demand) wrong.demand = 'report.wrong.demand'
  if (!draft.position && !(draft.place.trim() && draft.area)) wrong.place = 'report.wrong.place'
  if (!draft.anonymous && !isTelephone(draft.phone)) wrong.phone = 'report.wrong.phone'
  return wrong
}

/** The report as the interface takes it. */
export function asCase(draft: ReportDraft, model: Model): Schemas['NewCase'] {
  const kind = residentCaseTypes(model)[0]
  const channel = model.channels.find((found) => found.public)
  const photo = (file: Photo) => {
    const evidence = evidenceFor(model, file.media)[0]
    return evidence ? [{ kind: evidence.name, attachment: file.id }] : []
  }
  const filled = (text: string) => text.trim() || undefined
  return {
    case_type: kind?.name ?? '',
    channel: channel?.name ?? '',
    demand: draft.demand,
    matter: draft.matter?.code,
    text: draft.text.trim(),
    place: filled(draft.place),
    position: draft.position ? { ...draft.position, datum: 'cgcs2000' } : undefined,
    area: draft.position ? undefined : filled(draft.area),
    reporter: draft.anonymous ? undefined : { name: filled(draft.name), phone: filled(draft.phone) },
    evidence: draft.photos.flatMap(photo),
    confidential: draft.confidential,
  }
}

/** Sends the report; sent again after a fault, it is the same report. */
export function send(draft: ReportDraft, model: Model): Promise<Schemas['FiledCase']> {
  draft.key ||= randomKey()
  return ask(
    api.POST('/api/v1/public/cases', {
      params: { header: { 'Idempotency-Key': draft.key } },
      body: asCase(draft, model),
    }),
  )
}

/** The demand types under which residents file: those that matters name. */
export async function residentDemands(model: Model): Promise<Schemas['Demand'][]> {
  const page = await ask(api.GET('/api/v1/matters', {}))
  const named = new Set(page.items.flatMap((matter) => matter.demands))
  return model.demands.filter((demand) => named.has(demand.name))
}
