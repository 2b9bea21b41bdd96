import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { effectScope } from 'vue'
import { isLive, startLive, stopLive, useLive, type LiveEvent } from './live'

/** Feeds that were asked for, the latest last. */
let feeds: Feed[] = []
class Feed extends EventTarget {
  static CLOSED = 2
  readyState = 1
  constructor() {
    super()
    feeds.push(this)
  }
  close() {
    this.readyState = Feed.CLOSED
  }
  refuse() {
    this.close()
    this.dispatchEvent(new Event('error'))
  }
}

beforeEach(() => {
  feeds = []
  vi.useFakeTimers()
  vi.stubGlobal('EventSource', Feed)
})
afterEach(() => {
  stopLive()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

it('tells of what may have happened while nobody was told', () => {
  const heard: (LiveEvent | undefined)[] = []
  const scope = effectScope()
  scope.run(() => useLive((event) => heard.push(event)))
  startLive()
  feeds[0]?.dispatchEvent(new Event('open'))
  // A connection that is lost comes back with its position: nothing is missed.
  feeds[0]?.dispatchEvent(new Event('error'))
  feeds[0]?.dispatchEvent(new Event('open'))
  expect(heard).toEqual([])
  // One that is refused begins anew, soon at first, and then not so often.
  feeds[0]?.refuse()
  expect(isLive.value).toBe(false)
  vi.advanceTimersByTime(1_000)
  expect(feeds).toHaveLength(2)
  feeds[1]?.refuse()
  vi.advanceTimersByTime(1_000)
  expect(feeds).toHaveLength(2)
  vi.advanceTimersByTime(29_000)
  feeds[2]?.dispatchEvent(new Event('open'))
  expect([isLive.value, heard]).toEqual([true, [undefined]])
  const event = { id: 1 } as unknown as LiveEvent
  feeds[2]?.dispatchEvent(new MessageEvent('message', { data: JSON.stringify(event) }))
  expect(heard).toEqual([undefined, event])
  scope.stop()
})
