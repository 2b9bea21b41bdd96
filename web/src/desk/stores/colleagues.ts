import { api, ask, type Schemas } from '@/shared/api/client'

export type Colleague = Schemas['Colleague']
const read = new Map<string, Promise<Colleague[]>>()

/** Who works for a unit, read once; what could not be read is asked for again. */
export function colleaguesOf(unit: string): Promise<Colleague[]> {
  let found = read.get(unit)
  if (!found) {
    found = ask(api.GET('/api/v1/units/{code}/colleagues', { params: { path: { code: unit } } })).then((list) => list.items)
    found.catch(() => read.delete(unit))
    read.set(unit, found)
  }
  return found
}
