import { onScopeDispose, ref } from 'vue'
import type { Schemas } from '@/shared/api/client'

export type LiveEvent = Schemas['LiveEvent']
type Listener = (event: LiveEvent) => void

const listeners = new Set<Listener>()
/** Whether changes arrive by themselves. `false`: the connection is lost; browsers come back with the last position. */
export const isLive = ref(false)
let source: EventSource | undefined

/** Begins to listen; one feed for the whole page, because an account has four. */
export function startLive(): void {
  if (source) return
  source = new EventSource('/api/v1/live')
  source.addEventListener('open', () => {
    isLive.value = true
  })
  source.addEventListener('error', () => {
    isLive.value = false
    // Refused for good (too many feeds, signed out): try again in a while, not at once.
    if (source?.readyState === EventSource.CLOSED) {
      source = undefined
      again = setTimeout(startLive, 30_000)
    }
  })
  source.addEventListener('message', (message: MessageEvent<string>) => {
    const event = JSON.parse(message.data) as LiveEvent
    for (const listener of listeners) listener(event)
  })
}
let again: ReturnType<typeof setTimeout> | undefined

export function stopLive(): void {
  clearTimeout(again)
  source?.close()
  source = undefined
  isLive.value = false
}

/** Tells of what happens, as long as the component is there. */
export function useLive(listener: Listener): void {
  listeners.add(listener)
  onScopeDispose(() => listeners.delete(listener))
}
