import { reactive, watch } from 'vue'
import { keep, kept } from './preferences'

const PREFIX = 'quanyu.draft.'

/**
 * What somebody is typing: kept in the tab at every change, so that a reload, a crash or a session that ran out loses
 * nothing. It ends with the tab and never reaches the server before it is sent.
 */
export function useDraft<T extends object>(name: string, empty: () => T): { draft: T; isKept: boolean; clear: () => void } {
  const key = PREFIX + name
  const before = read<T>(key)
  const draft = reactive({ ...empty(), ...before }) as T
  watch(
    draft,
    (now) => keep('sessionStorage', key, JSON.stringify(now) === JSON.stringify(empty()) ? null : JSON.stringify(now)),
    { deep: true, flush: 'sync' },
  )
  const clear = () => {
    Object.assign(draft, empty())
    keep('sessionStorage', key, null)
  }
  return { draft, isKept: before !== undefined, clear }
}

function read<T>(key: string): Partial<T> | undefined {
  const text = kept('sessionStorage', key)
  if (!text) return undefined
  try {
    return JSON.parse(text) as Partial<T>
  } catch {
    return undefined
  }
}

/** Forgets every draft of this tab: at signing out, for the next person at the same machine. */
export function forgetDrafts(): void {
  for (let at = sessionStorage.length - 1; at >= 0; at -= 1) {
    const key = sessionStorage.key(at)
    if (key?.startsWith(PREFIX)) sessionStorage.removeItem(key)
  }
}
