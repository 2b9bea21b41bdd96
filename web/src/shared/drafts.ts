import { reactive, ref, watch } from 'vue'
import { keep, kept } from './preferences'

const PREFIX = 'quanyu.draft.'
const OWNER = 'quanyu.draft-owner'

/** The keys of the drafts of this tab. */
const known = ref(new Set(keys()))
function keys(): string[] {
  try {
    return Object.keys(sessionStorage).filter((key) => key.startsWith(PREFIX))
  } catch {
    return []
  }
}
function write(key: string, text: string | null) {
  keep('sessionStorage', key, text)
  if (kept('sessionStorage', key) === null) known.value.delete(key)
  else known.value.add(key)
}

/**
 * What somebody is typing: kept in the tab at every change, so that a reload, a crash or a session that ran out loses
 * nothing. It ends with the tab and never reaches the server before it is sent.
 */
export function useDraft<T extends object>(name: string, empty: () => T) {
  const key = PREFIX + name
  const before = read<T>(key)
  const draft = reactive({ ...empty(), ...before }) as T
  /** As it is while nobody has typed anything. */
  let untouched = JSON.stringify(empty())
  const save = () => {
    const now = JSON.stringify(draft)
    write(key, now === untouched ? null : now)
  }
  watch(draft, save, { deep: true, flush: 'sync' })
  const clear = () => {
    untouched = JSON.stringify(empty())
    Object.assign(draft, empty())
    write(key, null)
  }
  /** Fills in what the page knows: while nobody has typed anything, that alone is no draft. */
  const propose = (fill: () => void) => {
    const isUntouched = JSON.stringify(draft) === untouched
    fill()
    if (isUntouched) untouched = JSON.stringify(draft)
    save()
  }
  return { draft, isKept: before !== undefined, clear, propose }
}

/** Whether something was typed under a name and not sent. */
export const hasDraft = (name: string): boolean => known.value.has(PREFIX + name)

function read<T>(key: string): Partial<T> | undefined {
  const text = kept('sessionStorage', key)
  if (!text) return undefined
  try {
    return JSON.parse(text) as Partial<T>
  } catch {
    return undefined
  }
}

/** Says whose drafts those of this tab are from now on: somebody else's are forgotten before anything of them is shown. */
export function draftsOf(account: string): void {
  const before = kept('sessionStorage', OWNER)
  if (before !== null && before !== account) forgetDrafts()
  keep('sessionStorage', OWNER, account)
}

/** Forgets every draft of this tab: at signing out, for the next person at the same machine. */
export function forgetDrafts(): void {
  for (const key of keys()) keep('sessionStorage', key, null)
  keep('sessionStorage', OWNER, null)
  known.value.clear()
}
