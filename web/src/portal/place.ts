import { computed, shallowRef } from 'vue'
import { api, ask, told, type Schemas } from '@/shared/api/client'

const top = shallowRef<Schemas['Unit']>()
let reading: Promise<Schemas['Unit'] | undefined> | undefined

/** The city or district that this portal speaks for: the top of the tree of units. Nothing: it cannot be read now. */
export function loadTop(): Promise<Schemas['Unit'] | undefined> {
  reading ??= ask(api.GET('/api/v1/units', { params: { query: { limit: 1 } } }))
    .then((page) => {
      top.value = page.items[0]
      return top.value
    })
    .catch(() => {
      // The name is an ornament: pages say by themselves when the server cannot be reached.
      reading = undefined
      return undefined
    })
  return reading
}

/** The same, as pages show it. */
export function usePlace() {
  void loadTop()
  return { top, name: computed(() => (top.value ? told(top.value.title) : '')) }
}
