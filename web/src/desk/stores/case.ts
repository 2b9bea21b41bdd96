import { shallowRef } from 'vue'
import { api, ask, type Case, type Schemas } from '@/shared/api/client'
import { useLoading } from '@/shared/loading'

/** A case with what is known around it. */
export function useCase(number: string) {
  const path = { number }
  const read = useLoading(async () => {
    const [found, timeline, limits] = await Promise.all([
      ask(api.GET('/api/v1/cases/{number}', { params: { path } })),
      ask(api.GET('/api/v1/cases/{number}/timeline', { params: { path } })),
      ask(api.GET('/api/v1/cases/{number}/limits', { params: { path } })),
    ])
    return { case: found, timeline: timeline.entries, limits: limits.limits }
  })
  const similar = shallowRef<Schemas['SimilarCase'][]>()
  let looking: Promise<void> | undefined
  /** Looks for them once, whoever asks: the list and the map beside it show the same. */
  function loadSimilar(): Promise<void> {
    looking ??= ask(api.GET('/api/v1/cases/{number}/similar', { params: { path } }))
      .then((found) => void (similar.value = found.items))
      .finally(() => (looking = undefined))
    return looking
  }
  const proposal = (matter?: string) =>
    ask(api.GET('/api/v1/cases/{number}/proposal', { params: { path, query: { matter: matter || undefined } } }))
  const step = (body: Schemas['NewStep']): Promise<Case> =>
    ask(api.POST('/api/v1/cases/{number}/steps', { params: { path }, body }))
  const request = (body: Schemas['NewRequest']): Promise<Case> =>
    ask(api.POST('/api/v1/cases/{number}/requests', { params: { path }, body }))
  const decide = (of: number, body: Schemas['NewDecision']): Promise<Case> =>
    ask(api.POST('/api/v1/cases/{number}/requests/{request}/decision', { params: { path: { number, request: of } }, body }))
  const reporter = (purpose: string) =>
    ask(api.POST('/api/v1/cases/{number}/reporter', { params: { path }, body: { purpose } }))
  const publication = () => ask(api.GET('/api/v1/cases/{number}/publication', { params: { path } }))
  const publish = (body: Schemas['NewPublication']): Promise<Case> =>
    ask(api.PUT('/api/v1/cases/{number}/publication', { params: { path }, body }))
  const withdraw = (body: Schemas['Reason']): Promise<Case> =>
    ask(api.POST('/api/v1/cases/{number}/withdrawal', { params: { path }, body }))
  const handOver = (body: Schemas['NewHandover']): Promise<Case> =>
    ask(api.POST('/api/v1/cases/{number}/handover', { params: { path }, body }))
  const confide = (body: Schemas['Confidence']): Promise<Case> =>
    ask(api.PUT('/api/v1/cases/{number}/confidence', { params: { path }, body }))
  const disclose = (body: Schemas['Reason']): Promise<Case> =>
    ask(api.POST('/api/v1/cases/{number}/disclosure', { params: { path }, body }))
  return { ...read, handOver, confide, disclose, publication, publish, withdraw, similar, loadSimilar, proposal, step, request, decide, reporter }
}

export type CaseStore = ReturnType<typeof useCase>
