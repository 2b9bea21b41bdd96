import { api, ask, type CaseSummary, type Schemas } from '@/shared/api/client'

/** A draw; how far it has been worked through where the server tells. */
export type Sample = Schemas['Sample'] & { answered?: number; tried?: number }
/** A drawn case, and how often nobody was reached. */
export type SampledCase = CaseSummary & { attempts?: number }

/** The draws of a district, the newest month first. */
export const samplesOf = async (district: number): Promise<Sample[]> =>
  (await ask(api.GET('/api/v1/samples', { params: { query: { district } } }))).items

/** Draws a month; one that was drawn before is told as it is. */
export async function draw(district: number, period: string): Promise<{ sample: Sample; isNew: boolean }> {
  let isNew = false
  const answer = api.POST('/api/v1/samples', { body: { district, period } }).then((found) => {
    isNew = found.response.status === 201
    return found
  })
  return { sample: await ask(answer), isNew }
}

/** Every case of a draw that has an answer, or that has none yet. */
export async function casesOf(district: number, id: string, answered: boolean): Promise<SampledCase[]> {
  const found: SampledCase[] = []
  let after: string | undefined
  do {
    const query = { district, answered, after, limit: 200 }
    const page = await ask(api.GET('/api/v1/samples/{id}/cases', { params: { path: { id }, query } }))
    found.push(...page.items)
    after = page.next ?? undefined
  } while (after)
  return found
}

/** The six digits of the district in which an area lies. */
export const districtOf = (area: string): number => Number(area.slice(0, 6))

/** The districts whose samples somebody may see: their own, or those of their city. */
export async function districtsOf(area: string): Promise<Schemas['UnitName'][]> {
  if (area.slice(4, 6) !== '00') return []
  const query = { kind: 'district' as const, parent: area, limit: 200 }
  const found = await ask(api.GET('/api/v1/units', { params: { query } }))
  return found.items.map((unit) => ({ code: unit.code, title: unit.title }))
}
