import { computed } from 'vue'
import type { RouteLocationRaw } from 'vue-router'
import { listsFor } from './lists'
import { useArea } from './stores/figures'
import { useSession, type Operation } from './stores/session'

/** An entry of the navigation. `label` is the key of its words. */
export interface Entry {
  label: string
  to: RouteLocationRaw
}

interface Part {
  label: string
  entries: Entry[]
}

/** Pages beside the lists: add a page here, with the operation that it cannot do without, and whether it is about an area. */
const PAGES: { part: string; label: string; name: string; needs: Operation; ofArea?: boolean }[] = [
  { part: 'cases', label: 'intake', name: 'intake', needs: 'POST /api/v1/cases' },
  { part: 'figures', label: 'samples', name: 'samples', needs: 'GET /api/v1/samples', ofArea: true },
  { part: 'figures', label: 'rates', name: 'rates', needs: 'GET /api/v1/rates' },
]

/** What somebody finds in the navigation, by their roles. */
export function useNavigation() {
  const { roles, may } = useSession()
  const area = useArea()
  return computed<Part[]>(() => {
    const lists: Entry[] = may('GET /api/v1/cases')
      ? listsFor(roles.value).map((list) => ({
          label: `lists.${list.name}`,
          to: { name: 'list', params: { list: list.name } },
        }))
      : []
    const parts: Part[] = [{ label: 'nav.cases', entries: lists }]
    for (const page of PAGES.filter((found) => may(found.needs) && (!found.ofArea || area.value))) {
      const label = `nav.${page.part}`
      let part = parts.find((found) => found.label === label)
      if (!part) parts.push((part = { label, entries: [] }))
      part.entries.push({ label: `pages.${page.label}`, to: { name: page.name } })
    }
    return parts.filter((part) => part.entries.length)
  })
}
