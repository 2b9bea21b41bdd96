import { api, ask, type Schemas } from '@/shared/api/client'
import { useDraft } from '@/shared/drafts'
import { randomKey } from '@/shared/key'

/** Adding oneself to a published case, while it is written. */
export interface SupportDraft {
  phone: string
  /** Stays the same however often it is sent, so that somebody is counted once. */
  key: string
}

/** The draft of a case in this tab. */
export function useSupport(number: string) {
  return useDraft<SupportDraft>('support.' + number, () => ({ phone: '', key: '' }))
}

/** Adds somebody to a case; sent again after a fault, it is the same request. */
export function addMe(number: string, draft: SupportDraft): Promise<Schemas['FiledSupport']> {
  draft.key ||= randomKey()
  return ask(
    api.POST('/api/v1/public/cases/{number}/supporters', {
      params: { path: { number }, header: { 'Idempotency-Key': draft.key } },
      body: { phone: draft.phone.trim() || undefined },
    }),
  )
}

/** A published case near the place of a report; without a point it is not known how near. */
export type Reported = Schemas['PublishedCase'] & { metres?: number }

/** Cases shown to somebody who is about to report: as many as are looked at, and not more. */
const MOST = 4

/** What is published and open near a point, or in an area where there is no point. */
export async function reportedNear(
  position: { lon: number; lat: number } | null,
  area: string,
  matter?: string,
): Promise<Reported[]> {
  if (position) {
    const query = { ...position, datum: 'cgcs2000' as const, matter, limit: MOST }
    return (await ask(api.GET('/api/v1/public/nearby', { params: { query } }))).items
  }
  if (!area) return []
  const page = await ask(api.GET('/api/v1/public/cases', { params: { query: { area, matter, limit: 50 } } }))
  return page.items.filter((item) => !item.closed_on).slice(0, MOST)
}
