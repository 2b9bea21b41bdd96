import type { ComposerTranslation } from 'vue-i18n'
import { judge, type Against } from './usual'

type Translate = ComposerTranslation | ((key: string, named?: Record<string, unknown>) => string)

/** `24–41`, or nothing where too few days can be compared. */
export function rangeOf(against: Against): string | undefined {
  const { verdict, low, high } = judge(against)
  if (verdict === 'unknown') return undefined
  return span(low, high)
}

export const span = (low: number, high: number): string => (low === high ? String(low) : `${low}–${high}`)

const percent = (part: number) => `${Math.round(Math.abs(part) * 100)} %`

/** Whether a day is like others, in a sentence. */
export function verdictWords(t: Translate, against: Against, until?: string): string {
  const say = t as (key: string, named?: Record<string, unknown>) => string
  const { verdict, change } = judge(against)
  const head = until ? say('day.storm.sofar', { until, n: against.count }) : say('day.storm.whole', { n: against.count })
  const key = change === undefined && (verdict === 'more' || verdict === 'storm') ? `${verdict}FromNone` : verdict
  return head + say(`day.storm.${key}`, { range: rangeOf(against), change: percent(change ?? 0) })
}
