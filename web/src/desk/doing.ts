import { ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import { asFailure, type Failure } from '@/shared/api/client'

/** Something that somebody does on a page: one thing at a time, told where it happened when it did not work. */
export interface Doing {
  isBusy: Ref<boolean>
  failure: ShallowRef<Failure | undefined>
  /** Does it; whether it worked. */
  act: (does: () => Promise<void>) => Promise<boolean>
}

export function useDoing(): Doing {
  const isBusy = ref(false)
  const failure = shallowRef<Failure>()
  const act = async (does: () => Promise<void>) => {
    if (isBusy.value) return false
    isBusy.value = true
    failure.value = undefined
    try {
      await does()
      return true
    } catch (fault) {
      failure.value = asFailure(fault)
      return false
    } finally {
      isBusy.value = false
    }
  }
  return { isBusy, failure, act }
}
