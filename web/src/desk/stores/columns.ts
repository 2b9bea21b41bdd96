import { computed, ref, type Ref } from 'vue'
import { keep, kept } from '@/shared/preferences'

/** Everything that a list can show of a case, with how much room it takes. */
export const COLUMNS = {
  due: '7.8rem',
  headline: 'minmax(12rem, 2.4fr)',
  number: '12.5rem',
  case_type: 'minmax(4rem, 0.5fr)',
  demand: 'minmax(5rem, 0.4fr)',
  matter: 'minmax(6rem, 1fr)',
  area: 'minmax(5rem, 0.7fr)',
  place: 'minmax(6rem, 1.1fr)',
  state: 'minmax(5.5rem, 0.6fr)',
  lead: 'minmax(9rem, 1.3fr)',
  holder: 'minmax(5rem, 0.5fr)',
  channel: 'minmax(5rem, 0.5fr)',
  filed: '6rem',
  closed: '6rem',
} as const
export type Column = keyof typeof COLUMNS

const FIRST: Column[] = ['due', 'headline', 'demand', 'matter', 'place', 'state', 'lead', 'holder', 'filed']
/** What a case is about is always shown: a row without it would be no link to anything. */
export const ALWAYS: Column = 'headline'
/** What no case of a list has: nobody works on what waits to be sent out. Whoever wants the column chooses it. */
const EMPTY: Record<string, Column[]> = { dispatch: ['lead', 'holder'] }
const KEY = 'quanyu.columns'

const first = (list: string): Column[] => FIRST.filter((name) => !EMPTY[list]?.includes(name))
function read(key: string): Column[] | undefined {
  try {
    const list: unknown = JSON.parse(kept('localStorage', key) ?? 'null')
    const known = Array.isArray(list) ? list.filter((name): name is Column => typeof name === 'string' && name in COLUMNS) : []
    return known.includes(ALWAYS) ? [...new Set(known)] : undefined
  } catch {
    return undefined
  }
}

const lists = new Map<string, Ref<Column[]>>()
function chosenOf(list: string): Ref<Column[]> {
  let found = lists.get(list)
  // What was once chosen for all lists counts where none was chosen for one.
  if (!found) lists.set(list, (found = ref(read(`${KEY}.${list}`) ?? read(KEY) ?? first(list))))
  return found
}

/** The columns of a list and their order, as somebody chose them; kept in the browser. */
export function useColumns(list: string) {
  const chosen = chosenOf(list)
  function write(names: Column[] | undefined) {
    chosen.value = names ?? first(list)
    keep('localStorage', `${KEY}.${list}`, names ? JSON.stringify(names) : null)
  }
  /** All columns: those that are shown in their order, then the others. */
  const all = computed(() => [
    ...chosen.value,
    ...(Object.keys(COLUMNS) as Column[]).filter((name) => !chosen.value.includes(name)),
  ])
  function toggle(name: Column) {
    if (name === ALWAYS) return
    write(chosen.value.includes(name) ? chosen.value.filter((one) => one !== name) : [...chosen.value, name])
  }
  /** Moves a column towards the beginning (-1) or the end (1). */
  function move(name: Column, by: -1 | 1) {
    const from = chosen.value.indexOf(name)
    const other = chosen.value[from + by]
    if (from < 0 || !other) return
    const names = [...chosen.value]
    names[from] = other
    names[from + by] = name
    write(names)
  }
  const reset = () => write(undefined)
  return { chosen, all, toggle, move, reset }
}
