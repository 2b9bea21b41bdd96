import { nextTick, onBeforeUnmount, type Ref } from 'vue'

/**
 * Gives the focus back to what opened something when that closes with the focus in it, so that the keyboard goes on where it
 * was. Called in the setup of what is opened, while its opener still has the focus.
 */
export function useGiveBack(opened: Ref<HTMLElement | undefined>): void {
  const opener = document.activeElement
  onBeforeUnmount(() => {
    if (!opened.value?.contains(document.activeElement)) return
    void nextTick(() => {
      // Whoever has taken the focus meanwhile knows better.
      const isLost = !document.activeElement || document.activeElement === document.body
      if (isLost && opener instanceof HTMLElement && opener.isConnected) opener.focus({ preventScroll: true })
    })
  })
}
