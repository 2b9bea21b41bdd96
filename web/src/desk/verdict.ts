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

/** Fewer make large parts of small differences: what is usual says enough. */
const FEWEST_FOR_PARTS = 10

const percent = (part: number) => `${Math.round(Math.abs(part) * 100)} %`

/** Whether a day is like others, in a sentence. */
export function verdictWords(t: Translate, against: Against, until?: string): string {
  const say = t as (key: string, named?: Record<string, unknown>) => string
  const { verdict, change, middle } = judge(against)
  const head = until ? say('day.storm.sofar', { until, n: against.count }) : say('day.storm.whole', { n: against.count })
  const isPlain = ['more', 'less', 'storm'].includes(verdict) && (change === undefined || middle < FEWEST_FOR_PARTS)
  const key = isPlain ? `${verdict}Plain` : verdict
  return head + say(`day.storm.${key}`, { range: rangeOf(against), change: percent(change ?? 0) })
}
