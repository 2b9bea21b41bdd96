import { onScopeDispose, ref } from 'vue'
import type { Schemas } from '@/shared/api/client'

export type LiveEvent = Schemas['LiveEvent']
/** Hears what happened; nothing where something may have happened that nobody was told of: whatever is shown may be old. */
type Listener = (event: LiveEvent | undefined) => void

const listeners = new Set<Listener>()
/** Whether changes arrive by themselves. `false`: the connection is lost; browsers come back with the last position. */
export const isLive = ref(false)
let source: EventSource | undefined
/** How often in a row the feed was refused. A new one does not tell what happened before it. */
let refused = 0
const SOON = 1_000
const LATER = 30_000

/** Begins to listen; one feed for the whole page, because an account has four. */
export function startLive(): void {
  if (source) return
  source = new EventSource('/api/v1/live')
  source.addEventListener('open', () => {
    isLive.value = true
    if (refused) listeners.forEach((listener) => listener(undefined))
    refused = 0
  })
  source.addEventListener('error', () => {
    isLive.value = false
    // Refused for good: the server knows no such position any more, or there are too many feeds, which takes a while.
    if (source?.readyState === EventSource.CLOSED) {
      source = undefined
      again = setTimeout(startLive, refused ? LATER : SOON)
      refused += 1
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
  refused = 0
  isLive.value = false
}

/** Tells of what happens, as long as the component is there. */
export function useLive(listener: Listener): void {
  listeners.add(listener)
  onScopeDispose(() => listeners.delete(listener))
}
