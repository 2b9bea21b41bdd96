import { computed, onScopeDispose, ref, watch, type Ref } from 'vue'

/** Rows beyond both edges that are drawn, so that scrolling shows no gap. */
const BEYOND = 10

/**
 * Which of very many rows are drawn. All are of one height, so where a row stands is arithmetic: nothing is measured, and a
 * hundred thousand cost what forty do.
 *
 * `height` and `head` (of what stays above the rows) are in pixels.
 */
export function useFixedRows(box: Ref<HTMLElement | undefined>, count: () => number, height: () => number, head: () => number) {
  const top = ref(0)
  const inner = ref(0)
  const read = () => {
    top.value = box.value?.scrollTop ?? 0
  }
  const sizes = new ResizeObserver(() => {
    inner.value = box.value?.clientHeight ?? 0
  })
  watch(box, (now, before) => {
    before?.removeEventListener('scroll', read)
    sizes.disconnect()
    if (!now) return
    now.addEventListener('scroll', read, { passive: true })
    sizes.observe(now)
    // Asking how high it is would have the browser lay out a page that is only half drawn: no higher than the window, and
    // what is observed says it before anything is painted.
    top.value = 0
    inner.value ||= globalThis.innerHeight
  })
  onScopeDispose(() => sizes.disconnect())

  const clamp = (at: number) => Math.min(Math.max(at, 0), Math.max(count() - 1, 0))
  /** The first and last row in sight. */
  const firstSeen = computed(() => clamp(Math.floor(top.value / height())))
  const lastSeen = computed(() => clamp(Math.ceil((top.value + inner.value) / height())))
  const drawn = computed(() => {
    if (!count()) return []
    const first = Math.max(0, firstSeen.value - BEYOND)
    const last = clamp(lastSeen.value + BEYOND)
    return Array.from({ length: last - first + 1 }, (_, at) => first + at)
  })
  const total = computed(() => head() + count() * height())

  /** Scrolls just as far as a row needs to be in sight. */
  function reveal(at: number) {
    const from = at * height()
    const until = from + height() + head()
    if (!box.value) return
    if (from < box.value.scrollTop) box.value.scrollTop = from
    else if (until > box.value.scrollTop + box.value.clientHeight) box.value.scrollTop = until - box.value.clientHeight
    read()
  }
  function toTop() {
    if (box.value) box.value.scrollTop = 0
    read()
  }
  return { top, firstSeen, lastSeen, drawn, total, reveal, toTop }
}

/**
 * Which element shows which row: a row keeps its own as long as it is drawn, and one that comes into sight takes over that of
 * one that left. So a leap through a long list changes words, and neither makes elements nor throws any away.
 *
 * `held` names the row that has the focus: its element goes with it, because whoever presses a key there means that row and
 * none that came in its place.
 */
export function useElements(): (names: readonly string[], held?: string) => number[] {
  let shown = new Map<string, number>()
  let made = 0
  return (names, held) => {
    const wanted = new Set(names)
    const free: number[] = []
    for (const [name, element] of shown) if (!wanted.has(name) && name !== held) free.push(element)
    let taken = 0
    const elements = names.map((name) => shown.get(name) ?? free[taken++] ?? made++)
    shown = new Map(names.map((name, at) => [name, elements[at] as number]))
    return elements
  }
}
