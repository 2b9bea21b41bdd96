import { computed, onMounted } from 'vue'
import { api, ask, told } from '@/shared/api/client'
import { useLoading } from '@/shared/loading'

/** The districts that rules are in force for, a city before its own; read when the page is there. */
export function useDistricts() {
  const read = useLoading(async () => (await ask(api.GET('/api/v1/model/districts'))).items)
  onMounted(read.load)
  const all = computed(() => read.value.value ?? [])
  /** The one that a page begins with: a district rather than its city. */
  const first = computed(() => all.value.at(-1)?.district)
  /** What a district is called; one without rules is told by its number. */
  const name = (district: number) => {
    const found = all.value.find((one) => one.district === district)
    return found ? told(found.title) : String(district)
  }
  return { all, first, name, failure: read.failure, load: read.load }
}
