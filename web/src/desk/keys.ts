import { onScopeDispose, ref } from 'vue'

/** What a key does on a page; `words` is the key of its description. */
export interface Key {
  key: string
  words: string
  does: () => void
}

const active = ref<Key[]>([])
/** The keys of the page that is shown, for the help. */
export const activeKeys = active

function isTyping(target: EventTarget | null): boolean {
  if (target instanceof HTMLInputElement) return !['checkbox', 'radio', 'button'].includes(target.type)
  return target instanceof HTMLElement && (target.isContentEditable || /^(TEXTAREA|SELECT)$/.test(target.tagName))
}

addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return
  // Inside a dialog and while somebody types, letters are letters.
  if (isTyping(event.target) || document.querySelector('dialog[open]')) return
  const found = active.value.find((one) => one.key === event.key)
  if (!found) return
  event.preventDefault()
  found.does()
})

/** Gives keys a meaning as long as the component is there. */
export function useKeys(keys: Key[]): void {
  active.value = [...active.value, ...keys]
  onScopeDispose(() => {
    active.value = active.value.filter((one) => !keys.includes(one))
  })
}
