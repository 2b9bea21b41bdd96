import { useI18n } from 'vue-i18n'
import { told, type Title } from '@/shared/api/client'
import { useDurations } from './durations'
import { rulesOf, unitName } from './stores/names'

/** What the keys and words of recorded facts are called: by the rules of their district, by our own words, or as they stand there. */
export function useFactWords() {
  const { t, te } = useI18n()
  const duration = useDurations()
  const plain = (name: string) => name.replaceAll('_', ' ')
  /** Words that the program itself has, by where they stand among ours. */
  const OWN = [
    ...['phase', 'part', 'assignment', 'requestState', 'satisfaction', 'admin.performer', 'admin.rules.milestone'],
    ...['admin.units.kinds', 'admin.units.what', 'admin.keys.right', 'admin.audit.keys'],
  ]

  /** Everything that the rules name, by the keys under which facts refer to it. */
  function ofRules(district: number): Record<string, { name: string; title: Title }[]> {
    const { model, figures } = rulesOf(district)
    if (!model) return {}
    const steps = model.workflows.flatMap((one) => one.steps)
    const rungs = model.ladders.flatMap((one) => one.steps)
    const clocks = model.case_types.flatMap((one) => one.clocks)
    const requests = model.requests.map((one) => ({ name: one.kind, title: one.title }))
    return {
      case_type: model.case_types,
      demand: model.demands,
      channel: model.channels,
      outcome: model.outcomes,
      limit_class: model.limits,
      class: model.limits,
      clock: clocks,
      // A clock, or the request for which it runs.
      name: [...clocks, ...requests],
      state: model.workflows.flatMap((one) => one.states),
      step: [...steps, ...rungs],
      kind: [...requests, ...model.evidence, ...model.case_types],
      measure: figures?.measures ?? [],
      rate: figures?.rates ?? [],
      plan: figures?.samples ?? [],
    }
  }

  function word(key: string, name: string, district: number): string {
    const time = duration(name)
    if (time) return time
    const rules = ofRules(district)
    const own = OWN.find((one) => te(`${one}.${name}`))
    const among = rules[key]?.find((one) => one.name === name)
    if (among) return told(among.title)
    if (own) return t(`${own}.${name}`)
    const anywhere = Object.values(rules).flat().find((one) => one.name === name)
    return anywhere ? told(anywhere.title) : plain(name)
  }

  function label(key: string, district: number): string {
    if (te(`admin.audit.keys.${key}`)) return t(`admin.audit.keys.${key}`)
    if (/^\d{6}$/.test(key)) return unitName(`${key}000000`)
    return word('measure', key, district)
  }
  return { word, label }
}
