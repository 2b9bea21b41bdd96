import { computed } from 'vue'
import { isArea, useArea } from './stores/figures'
import { useSession, type Operation } from './stores/session'

/** Pages about an area are for those who have one; some are about a whole district, which nobody of a part of it may read. */
export type About = 'area' | 'district'

/** Whether an area is a district, or a city of several: what is finer says so from its seventh digit on. */
export const holdsDistrict = (area: string): boolean => isArea(area) && /^0+$/.test(area.slice(6))

export interface Reach {
  needs?: Operation
  about?: About
}

/** Whether whoever is signed in can read a page: by their roles, and by where they work. */
export function useReach() {
  const { may } = useSession()
  const area = useArea()
  return computed(() => ({ needs, about }: Reach): boolean => {
    if (needs && !may(needs)) return false
    if (!about) return true
    return area.value !== undefined && (about === 'area' || holdsDistrict(area.value))
  })
}
