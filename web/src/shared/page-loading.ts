import { ref, shallowRef } from 'vue'
import type { Router } from 'vue-router'

/** Where somebody wanted to go when the page there could not be loaded. */
export const notLoaded = shallowRef<string>()
/** Whether it is being tried again. */
export const isTrying = ref(false)

/** Says which page could not be loaded, until another one was. */
export function tellNotLoaded(router: Router): void {
  router.onError((_, to) => {
    notLoaded.value = router.resolve(to.fullPath).href
  })
  router.afterEach((_to, _from, failure) => {
    if (!failure) notLoaded.value = undefined
  })
}

/**
 * Goes there again: from the beginning, because a browser remembers code that it did not get, and a newer program has other
 * code. Nothing is left before the server has answered.
 */
export async function goAgain(leave: (to: string) => void = (to) => location.assign(to)): Promise<void> {
  const to = notLoaded.value
  if (!to || isTrying.value) return
  isTrying.value = true
  try {
    if ((await fetch(to, { headers: { Accept: 'text/html' } })).ok) leave(to)
  } catch {
    // Still away: the note stays.
  } finally {
    isTrying.value = false
  }
}
