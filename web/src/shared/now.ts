import { onScopeDispose, ref, type Ref } from 'vue'

/** The time, every half minute anew: what is left of a limit changes while a page is open. */
export function useNow(): Ref<number> {
  const now = ref(Date.now())
  const timer = setInterval(() => {
    now.value = Date.now()
  }, 30_000)
  onScopeDispose(() => clearInterval(timer))
  return now
}
