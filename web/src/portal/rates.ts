import type { Schemas } from '@/shared/api/client'

/** The rates that residents gave: those that come from a sample of them. The rest is counted from what units did. */
export function asked(rates: Schemas['Rates'] | undefined): Schemas['RateInWords'][] {
  return (rates?.rates ?? []).filter((rate) => rates?.total.rates[rate.name]?.sample !== undefined)
}
