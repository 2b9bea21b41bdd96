import { ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import { asFailure, type Failure } from './api/client'
import { latest } from './latest'

/** Something that is read from the server: not yet, there, or why not. What was there before stays while it is read anew. */
export interface Loading<T> {
  value: ShallowRef<T | undefined>
  failure: ShallowRef<Failure | undefined>
  isBusy: Ref<boolean>
  /** Reads it (anew). Of two that overlap, only the later one counts. */
  load: () => Promise<void>
}

export function useLoading<T>(read: () => Promise<T>): Loading<T> {
  const value = shallowRef<T>()
  const failure = shallowRef<Failure>()
  const isBusy = ref(false)
  const begin = latest()
  const load = async () => {
    const isLatest = begin()
    isBusy.value = true
    try {
      const found = await read()
      if (!isLatest()) return
      value.value = found
      failure.value = undefined
    } catch (fault) {
      if (isLatest()) failure.value = asFailure(fault)
    } finally {
      if (isLatest()) isBusy.value = false
    }
  }
  return { value, failure, isBusy, load }
}
