import { ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import { asFailure, type Failure } from '@/shared/api/client'

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
  let turn = 0
  const fetch = async (after: string | undefined) => {
    turn += 1
    const mine = turn
    isBusy.value = true
    try {
      const page = await read(after)
      if (mine !== turn) return
      items.value = after ? [...items.value, ...page.items] : page.items
      next.value = page.next
      failure.value = undefined
      isRead.value = true
    } catch (fault) {
      if (mine === turn) failure.value = asFailure(fault)
    } finally {
      if (mine === turn) isBusy.value = false
    }
  }
  return { items, next, failure, isBusy, isRead, load: () => fetch(undefined), more: () => fetch(next.value) }
}
