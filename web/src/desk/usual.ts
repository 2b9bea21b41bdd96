/** Whether a day is like others: counts beside those of comparable days, judged by a rule that can be told in words. */

/** A count and what was counted on comparable days. */
export interface Against {
  count: number
  usual: number[]
}

/** `storm`: far more than usual; `unknown`: too few days to compare with. */
export type Verdict = 'unknown' | 'less' | 'usual' | 'more' | 'storm'

export interface Judged {
  verdict: Verdict
  /** Least and most of the comparable days, and the one in the middle. */
  low: number
  high: number
  middle: number
  /** How much more than the middle one, as a part of it; absent where that is nought. */
  change?: number
  /** How many standard deviations of pure chance lie between. */
  distance: number
}

/** Fewer comparable days say nothing. */
export const FEWEST_DAYS = 4
/** A single count stands out at this distance: by chance on one day in forty. */
export const MORE = 2
/** A storm, when it is also half as much again as usual. */
export const STORM = 4
const STORM_PART = 1.5
/** One of many rows stands out only further away, because among many one is always a little high. */
export const ROW_MORE = 2.5

export function median(numbers: number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  const half = Math.floor(sorted.length / 2)
  const upper = sorted[half] ?? 0
  return sorted.length % 2 ? upper : ((sorted[half - 1] ?? 0) + upper) / 2
}

/**
 * How far a count lies from the mean of others, in standard deviations of counts that come by chance alone: the square root
 * makes their spread the same however large they are (Anscombe 1948), and the mean of k days is itself uncertain by 1/k.
 */
function distance({ count, usual }: Against): number {
  const mean = usual.reduce((sum, one) => sum + one, 0) / usual.length
  return (2 * (Math.sqrt(count + 0.375) - Math.sqrt(mean + 0.375))) / Math.sqrt(1 + 1 / usual.length)
}

/** Judges a count: it stands out only beyond everything that comparable days brought, and further than chance goes. */
export function judge(against: Against, more = MORE): Judged {
  const { count, usual } = against
  const low = Math.min(...usual)
  const high = Math.max(...usual)
  const middle = median(usual)
  if (usual.length < FEWEST_DAYS) return { verdict: 'unknown', low: 0, high: 0, middle: 0, distance: 0 }
  const far = distance(against)
  const change = middle > 0 ? count / middle - 1 : undefined
  let verdict: Verdict = 'usual'
  if (count > high && far >= more) verdict = far >= STORM && count >= middle * STORM_PART ? 'storm' : 'more'
  else if (count < low && far <= -more) verdict = 'less'
  return { verdict, low, high, middle, distance: far, ...(change === undefined ? {} : { change }) }
}

/** Rows with how they stand, those that stand out most first. */
export function ranked<T extends Against>(rows: T[]): (T & { judged: Judged })[] {
  return rows
    .map((row) => ({ ...row, judged: judge(row, ROW_MORE) }))
    .sort((a, b) => b.judged.distance - a.judged.distance || b.count - a.count)
}
