import { computed, shallowRef } from 'vue'
import { api, ask, told, type Schemas } from '@/shared/api/client'

const top = shallowRef<Schemas['Unit']>()
let reading: Promise<void> | undefined

/** The city or district that this portal speaks for: the top of the tree of units. */
export function usePlace() {
  reading ??= ask(api.GET('/api/v1/units', { params: { query: { limit: 1 } } }))
    .then((page) => {
      top.value = page.items[0]
    })
    .catch(() => {
      // The name is an ornament: pages say by themselves when the server cannot be reached.
      reading = undefined
    })
  return { top, name: computed(() => (top.value ? told(top.value.title) : '')) }
}
