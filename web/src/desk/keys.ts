import { computed, onScopeDispose, shallowRef, toValue, type MaybeRefOrGetter } from 'vue'

/** What a key does on a page; `words` is the key of its description. */
export interface Key {
  key: string
  words: string
  does: () => void
}

/** What each component that is there has said, the newest last. Held as it was given: it is found again when it goes. */
const given = shallowRef<MaybeRefOrGetter<Key[]>[]>([])
/** The keys of the page that is shown, for the help: of two that mean the same key, the newer. */
export const activeKeys = computed(() => {
  const found = given.value.flatMap((keys) => toValue(keys))
  return found.filter((one, at) => !found.some((other, later) => later > at && other.key === one.key))
})

function isTyping(target: EventTarget | null): boolean {
  if (target instanceof HTMLInputElement) return !['checkbox', 'radio', 'button'].includes(target.type)
  return target instanceof HTMLElement && (target.isContentEditable || /^(TEXTAREA|SELECT)$/.test(target.tagName))
}

addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return
  // Inside a dialog and while somebody types, letters are letters.
  if (isTyping(event.target) || document.querySelector('dialog[open]')) return
  const found = activeKeys.value.find((one) => one.key === event.key)
  if (!found) return
  event.preventDefault()
  found.does()
})

/** Gives keys a meaning as long as the component is there; a getter where what they do comes and goes. */
export function useKeys(keys: MaybeRefOrGetter<Key[]>): void {
  const mine = () => toValue(keys)
  given.value = [...given.value, mine]
  onScopeDispose(() => {
    given.value = given.value.filter((one) => one !== mine)
  })
}
