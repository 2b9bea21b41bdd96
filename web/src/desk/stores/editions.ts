import { api, ask, type Schemas } from '@/shared/api/client'

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

export type Moved = Schemas['MovedCase']

/** The cases that moved an edition away from the one before, page by page. */
export function movedBy(period: string, within: string, edition: number, after?: string) {
  const query = { period, within, after: after === undefined ? undefined : Number(after) }
  return ask(api.GET('/api/v1/rates/editions/{edition}/cases', { params: { path: { edition }, query } }))
}
