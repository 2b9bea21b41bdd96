import { reactive } from 'vue'
import { api, ask, told, type Model, type Schemas, type Title } from '@/shared/api/client'
import { asNumber } from '@/shared/numbers'

/** What codes and numbers stand for. Whoever shows one asks here; each is read once, and a few at a time. */
type Kind = 'unit' | 'matter' | 'account' | 'model' | 'figures' | 'departments'

const titles = reactive(new Map<string, Title>())
const rules = reactive(new Map<number, { model?: Model; figures?: Schemas['Figures'] }>())
const departments = reactive(new Map<number, Schemas['Unit'][]>())
const asked = new Set<string>()
const waiting: (() => Promise<void>)[] = []
const AT_ONCE = 6
let running = 0

async function run(): Promise<void> {
  running += 1
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    try {
      await next()
    } catch {
      // Then the code itself is shown.
    }
  }
  running -= 1
}

/** Has something read that was not asked for before. */
function want(kind: Kind, code: string, read: () => Promise<void>): void {
  const key = `${kind} ${code}`
  if (asked.has(key)) return
  asked.add(key)
  waiting.push(read)
  if (running < AT_ONCE) void run()
}

function named(kind: Kind, code: string, read: () => Promise<Title>): string {
  want(kind, code, async () => void titles.set(`${kind} ${code}`, await read()))
  const found = titles.get(`${kind} ${code}`)
  return found ? told(found) : code
}

/** The name of a unit, or its code for as long as that is all there is. */
export const unitName = (code: string): string =>
  named('unit', code, async () => (await ask(api.GET('/api/v1/units/{code}', { params: { path: { code } } }))).title)

/** The name of a matter. */
export const matterName = (code: string): string =>
  named('matter', code, async () => (await ask(api.GET('/api/v1/matters/{code}', { params: { path: { code } } }))).title)

/** The name of whoever an account belongs to: for those who may read accounts. */
export function accountName(number: string): string {
  const id = asNumber(number)
  if (!id) return number
  return named('account', id, async () => {
    const { name } = await ask(api.GET('/api/v1/accounts/{id}', { params: { path: { id } } }))
    return { zh: name, en: name }
  })
}

/** The rules of a district, 0 for those that the server names first; empty until they have been read. */
export function rulesOf(district: number): { model?: Model; figures?: Schemas['Figures'] } {
  const params = { params: { query: district ? { district } : {} } }
  const put = (part: { model?: Model; figures?: Schemas['Figures'] }) => void rules.set(district, { ...rules.get(district), ...part })
  want('model', String(district), async () => put({ model: await ask(api.GET('/api/v1/model', params)) }))
  want('figures', String(district), async () => put({ figures: await ask(api.GET('/api/v1/model/figures', params)) }))
  return rules.get(district) ?? {}
}

/** The departments of a district that the directory can name by what they do, those of its city first. */
export function departmentsOf(district: number): Schemas['Unit'][] {
  if (!district) return []
  const city = Math.floor(district / 100) * 100
  return [...new Set([city, district])].flatMap((one) => {
    want('departments', String(one), async () => {
      const query = { parent: `${one}000000`, kind: 'department' as const, limit: 200 }
      departments.set(one, (await ask(api.GET('/api/v1/units', { params: { query } }))).items.filter((unit) => unit.function))
    })
    return departments.get(one) ?? []
  })
}

/** After units were changed their names are read anew. */
export function forgetUnits(): void {
  for (const key of [...asked]) if (/^(unit|departments) /.test(key)) asked.delete(key)
}
