import { ref } from 'vue'
import { keep, kept } from '@/shared/preferences'
import type { Filter } from './filter'

/** A filter that somebody named; kept in the browser. */
export interface SavedFilter {
  name: string
  list: string
  filter: Filter
}

const KEY = 'quanyu.filters'
export const savedFilters = ref<SavedFilter[]>(read())

function read(): SavedFilter[] {
  try {
    const list: unknown = JSON.parse(kept('localStorage', KEY) ?? '[]')
    return Array.isArray(list) ? (list as SavedFilter[]) : []
  } catch {
    return []
  }
}

function write(list: SavedFilter[]) {
  savedFilters.value = list
  keep('localStorage', KEY, JSON.stringify(list))
}

/** Keeps a filter under a name; one of that name in the same list gives way. */
export function saveFilter(saved: SavedFilter): void {
  const others = savedFilters.value.filter((one) => one.name !== saved.name || one.list !== saved.list)
  write([...others, { ...saved, filter: { ...saved.filter } }])
}

export function dropFilter(saved: SavedFilter): void {
  write(savedFilters.value.filter((one) => one !== saved))
}
