import { api, ask, type CaseSummary, type Schemas, type Title } from '@/shared/api/client'

export type Edition = Schemas['Edition']
export type EditionSummary = Schemas['EditionSummary']

/** What was published of a period, the newest first. */
export const editionsOf = (period: string, within: string) =>
  ask(api.GET('/api/v1/rates/editions', { params: { query: { period, within } } }))

export const editionOf = (period: string, within: string, edition: number) =>
  ask(api.GET('/api/v1/rates/editions/{edition}', { params: { path: { edition }, query: { period, within } } }))

/** Publishes a period as it is. */
export const close = (period: string, within: string, reason: string) =>
  ask(api.POST('/api/v1/rates/editions', { body: { period, within, reason: reason.trim() || undefined } }))

/** A case that moved the figures between two editions, and what it adds to each measure. */
export interface Moved {
  case: CaseSummary
  at: string
  kind: string
  changes: { measure: string; title: Title; change: number }[]
}

type Untyped = (path: string, init: object) => Promise<{ data?: unknown; error?: unknown; response: Response }>

/** The cases that moved an edition away from the one before, page by page. */
export function movedBy(period: string, within: string, edition: number, after?: string) {
  const get = api.GET as unknown as Untyped
  const params = { path: { edition }, query: { period, within, after, limit: 50 } }
  return ask(get('/api/v1/rates/editions/{edition}/cases', { params })) as Promise<{ items: Moved[]; next?: string }>
}
