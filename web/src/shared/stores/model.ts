import { computed, shallowRef } from 'vue'
import { api, ask, type Model, type Named, type Schemas } from '@/shared/api/client'

const model = shallowRef<Model>()
let reading: Promise<Model> | undefined

/** The rules in force, read once: forms, filters and words come from them. */
export function loadModel(): Promise<Model> {
  reading ??= ask(api.GET('/api/v1/model'))
    .then((found) => {
      model.value = found
      return found
    })
    .catch((fault: unknown) => {
      reading = undefined
      throw fault
    })
  return reading
}

/** The rules in force, once they are there. */
export function useModel() {
  const named = (list: (m: Model) => Named[]) => computed(() => (model.value ? list(model.value) : []))
  return {
    model,
    demands: named((m) => m.demands),
    channels: named((m) => m.channels),
    outcomes: named((m) => m.outcomes),
    /** The limits that a dispatcher may choose: the others measure a step of their own. */
    limits: named((m) => m.limits.filter((limit) => limit.for_handling)),
    evidence: computed(() => model.value?.evidence ?? []),
    caseTypes: computed(() => model.value?.case_types ?? []),
  }
}

/** The workflow of a kind of case. */
export function workflowOf(model: Model, caseType: string): Schemas['Workflow'] | undefined {
  const name = model.case_types.find((kind) => kind.name === caseType)?.workflow
  return model.workflows.find((workflow) => workflow.name === name)
}

/**
 * The kinds of case that residents file: those in whose workflow they take part. No kind is named here, so a pack that
 * brings another one is served as it is.
 */
export function residentCaseTypes(model: Model): Schemas['CaseType'][] {
  return model.case_types.filter((kind) => {
    const steps = workflowOf(model, kind.name)?.steps ?? []
    return steps.some((step) => step.by.includes('reporter'))
  })
}

/** The kinds of evidence that a file of a media type counts as. */
export function evidenceFor(model: Model, media: string): Schemas['EvidenceKind'][] {
  const fits = (pattern: string) =>
    pattern.endsWith('/*') ? media.startsWith(pattern.slice(0, -1)) : pattern === media
  return model.evidence.filter((kind) => kind.media.some(fits))
}
