import { ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import { asFailure, type Failure } from '@/shared/api/client'
import { latest } from './latest'

/** A list that is read page by page: the first when it is loaded, the others as somebody asks for more. */
export interface Pages<T> {
  items: ShallowRef<T[]>
  next: Ref<string | undefined>
  failure: ShallowRef<Failure | undefined>
  isBusy: Ref<boolean>
  /** Whether the first page has been read. */
  isRead: Ref<boolean>
  /** Reads from the beginning; what was there stays until it is there anew. */
  load: () => Promise<void>
  /** Reads one more page. */
  more: () => Promise<void>
}

export function usePages<T>(read: (after: string | undefined) => Promise<{ items: T[]; next?: string }>): Pages<T> {
  const items = shallowRef<T[]>([])
  const next = ref<string>()
  const failure = shallowRef<Failure>()
  const isBusy = ref(false)
  const isRead = ref(false)
  const begin = latest()
  const fetch = async (after: string | undefined) => {
    const isLatest = begin()
    isBusy.value = true
    try {
      const page = await read(after)
      if (!isLatest()) return
      items.value = after ? [...items.value, ...page.items] : page.items
      next.value = page.next
      failure.value = undefined
      isRead.value = true
    } catch (fault) {
      if (isLatest()) failure.value = asFailure(fault)
    } finally {
      if (isLatest()) isBusy.value = false
    }
  }
  return { items, next, failure, isBusy, isRead, load: () => fetch(undefined), more: () => fetch(next.value) }
}
