import { computed } from 'vue'
import type { RouteLocationRaw } from 'vue-router'
import { listsFor } from './lists'
import { useReach, type Reach } from './reach'
import { useSession } from './stores/session'

/** An entry of the navigation. `label` is the key of its words. */
export interface Entry {
  label: string
  to: RouteLocationRaw
}

interface Part {
  label: string
  entries: Entry[]
}

/** Pages beside the lists: add a page here, with the operation that it cannot do without, and what it is about. */
const PAGES: ({ part: string; label: string; name: string } & Required<Pick<Reach, 'needs'>> & Reach)[] = [
  { part: 'cases', label: 'intake', name: 'intake', needs: 'POST /api/v1/cases' },
  { part: 'figures', label: 'day', name: 'day', needs: 'GET /api/v1/tallies', about: 'area' },
  { part: 'figures', label: 'samples', name: 'samples', needs: 'GET /api/v1/samples', about: 'district' },
  { part: 'figures', label: 'rates', name: 'rates', needs: 'GET /api/v1/rates' },
  { part: 'administration', label: 'audit', name: 'audit', needs: 'GET /api/v1/audit' },
  { part: 'administration', label: 'accounts', name: 'accounts', needs: 'GET /api/v1/accounts' },
  { part: 'administration', label: 'keys', name: 'keys', needs: 'GET /api/v1/keys' },
  { part: 'administration', label: 'webhooks', name: 'webhooks', needs: 'GET /api/v1/webhooks' },
  { part: 'administration', label: 'health', name: 'health', needs: 'GET /api/v1/vitals' },
  { part: 'rulebook', label: 'rules', name: 'rules', needs: 'GET /api/v1/activations' },
  { part: 'rulebook', label: 'directory', name: 'directory', needs: 'GET /api/v1/directory/{district}/rows' },
  { part: 'rulebook', label: 'units', name: 'units', needs: 'GET /api/v1/units/changes' },
]

/** The first page of somebody who works on no cases. */
export function firstPage(reaches: (page: Reach) => boolean): string | undefined {
  return PAGES.find(reaches)?.name
}

/** What somebody finds in the navigation, by their roles. */
export function useNavigation() {
  const { roles, may } = useSession()
  const reaches = useReach()
  return computed<Part[]>(() => {
    const lists: Entry[] = may('GET /api/v1/cases')
      ? listsFor(roles.value).map((list) => ({
          label: `lists.${list.name}`,
          to: { name: 'list', params: { list: list.name } },
        }))
      : []
    const parts: Part[] = [{ label: 'nav.cases', entries: lists }]
    for (const page of PAGES.filter(reaches.value)) {
      const label = `nav.${page.part}`
      let part = parts.find((found) => found.label === label)
      if (!part) parts.push((part = { label, entries: [] }))
      part.entries.push({ label: `pages.${page.label}`, to: { name: page.name } })
    }
    return parts.filter((part) => part.entries.length)
  })
}
