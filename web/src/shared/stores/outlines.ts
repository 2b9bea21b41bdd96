import { api, ask, type Schemas } from '@/shared/api/client'

export type Outlines = Schemas['Outlines']

const read = new Map<number, Promise<Outlines>>()

/** The outlines of the areas of a level (1: districts, 2: subdistricts and towns, 3: communities), read once. */
export function outlines(level: number): Promise<Outlines> {
  let found = read.get(level)
  if (!found) {
    found = ask(api.GET('/api/v1/areas/outlines', { params: { query: { level } } }))
    found.catch(() => read.delete(level))
    read.set(level, found)
  }
  return found
}
