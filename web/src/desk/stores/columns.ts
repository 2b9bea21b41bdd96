import { computed, ref } from 'vue'
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
const KEY = 'quanyu.columns'

function read(): Column[] {
  try {
    const list: unknown = JSON.parse(kept('localStorage', KEY) ?? 'null')
    const known = Array.isArray(list) ? list.filter((name): name is Column => typeof name === 'string' && name in COLUMNS) : []
    return known.includes(ALWAYS) ? [...new Set(known)] : FIRST
  } catch {
    return FIRST
  }
}

const chosen = ref<Column[]>(read())
function write(list: Column[]) {
  chosen.value = list
  keep('localStorage', KEY, list === FIRST ? null : JSON.stringify(list))
}

/** The columns of lists and their order, as somebody chose them; kept in the browser. */
export function useColumns() {
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
    const list = [...chosen.value]
    list[from] = other
    list[from + by] = name
    write(list)
  }
  const reset = () => write(FIRST)
  return { chosen, all, toggle, move, reset }
}
