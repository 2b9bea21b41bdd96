// How fast a list is: the first rows, scrolling, filtering and a live change, as a browser counts it.
// The program serves what it has (`QUANYU_DATA` names a store); the list of 100,000 open cases is answered page by page in its
// place, made from what it answers itself, because no demonstration has that many open at once. So those figures are of the
// page and not of the program, and those of the list that the program serves are of both.
import type { Page, Route } from 'playwright-core'
import { expect, it } from 'vitest'
import { login, noFaults, person, signIn } from './browser'
import { file } from './filing'

const MANY = 100_000
type Summary = Record<string, unknown> & { number: string; due_at?: string; overdue: boolean; demand: { name: string } }

interface Traced {
  name: string
  ph: string
  pid: number
  tid: number
  dur?: number
  tdur?: number
  args: { name?: string }
}

/** Runs something and tells of the page's longest task: as the clock counts it, and as the processor does (on a busy machine less). */
async function traced<T>(page: Page, what: string, does: () => Promise<T>): Promise<T> {
  const browser = page.context().browser()
  await browser?.startTracing(page, { categories: ['toplevel', 'disabled-by-default-devtools.timeline', '__metadata'] })
  const found = await does()
  await page.waitForTimeout(100)
  const { traceEvents: all } = JSON.parse((await browser?.stopTracing())?.toString() ?? '{}') as { traceEvents: Traced[] }
  const main = new Set(all.filter((one) => one.name === 'thread_name' && one.args.name === 'CrRendererMain').map((one) => `${one.pid}.${one.tid}`))
  const tasks = all.filter((one) => one.ph === 'X' && one.name.endsWith('RunTask') && main.has(`${one.pid}.${one.tid}`))
  expect(tasks.length).toBeGreaterThan(0)
  const most = (of: 'dur' | 'tdur') => Math.round(Math.max(...tasks.map((one) => one[of] ?? 0)) / 1000)
  console.info(`${what}: longest task ${most('dur')} ms by the clock, ${most('tdur')} ms of processor`)
  return found
}
async function observe(page: Page) {
  await page.addInitScript(() => {
    const seen = globalThis as unknown as { firstRow?: number }
    const found = () => document.querySelector('[role="row"][data-number]')
    new MutationObserver((_, observer) => {
      if (!found()) return
      observer.disconnect()
      requestAnimationFrame(() => setTimeout(() => (seen.firstRow = performance.now())))
    }).observe(document, { childList: true, subtree: true })
  })
}
const middle = (all: number[]) => [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)] ?? NaN
/** From the address to the first rows, a few times. */
async function firstRows(page: Page, path: string): Promise<number> {
  const times: number[] = []
  for (let turn = 0; turn < 5; turn += 1) {
    await page.goto(path)
    await page.waitForFunction(() => (globalThis as unknown as { firstRow?: number }).firstRow)
    times.push(await page.evaluate(() => (globalThis as unknown as { firstRow: number }).firstRow))
  }
  return Math.round(middle(times))
}

/** Scrolls by wheel as a hand does, then over the whole length; gives the longest time between two frames. */
async function scroll(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const box = document.querySelector<HTMLElement>('[role="grid"]')
    if (!box) return NaN
    let before = performance.now()
    let longest = 0
    const frame = () =>
      new Promise<void>((done) =>
        requestAnimationFrame(() => {
          const now = performance.now()
          longest = Math.max(longest, now - before)
          before = now
          done()
        }),
      )
    box.scrollTop = 0
    await frame()
    longest = 0
    for (let turn = 0; turn < 150; turn += 1) {
      box.scrollTop += 120
      await frame()
    }
    for (let turn = 0; turn < 100; turn += 1) {
      box.scrollTop = (box.scrollHeight * ((turn * 37) % 100)) / 100
      await frame()
    }
    return Math.round(longest)
  })
}

/** Reads on to the end. */
async function readAll(page: Page, until: number): Promise<void> {
  for (;;) {
    const count = await page.evaluate(() => {
      const box = document.querySelector<HTMLElement>('[role="grid"]')
      if (box) box.scrollTop = box.scrollHeight
      return Number(box?.getAttribute('aria-rowcount'))
    })
    if (count >= until || count > 0) return
    await page.waitForTimeout(10)
  }
}

it('lists a hundred thousand open cases', async () => {
  const page = await person(1440)
  await observe(page)
  await signIn(page, login('supervisor'), '/desk/lists/open')
  const samples = await page.evaluate(async () => {
    const read = async (open: boolean) => {
      const answer = (await (await fetch(`/api/v1/cases?open=${open}&limit=100`)).json()) as { items: unknown[] }
      return answer.items
    }
    return [...(await read(true)), ...(await read(false))]
  }) as Summary[]
  expect(samples.length).toBeGreaterThan(10)
  const start = Date.now() - 20_000 * 60_000
  const all = Array.from({ length: MANY }, (_, at): Summary => {
    const due = start + at * 60_000
    const sample = samples[at % samples.length] as Summary
    const number = `240101-${String(Math.floor(at / 1000)).padStart(6, '0')}-${String(at % 1000).padStart(6, '0')}`
    return { ...sample, number, version: 1, closed_at: undefined, due_at: new Date(due).toISOString().replace('Z', '+08:00'), overdue: due < Date.now() }
  })
  const answer = async (route: Route) => {
    const query = new URL(route.request().url()).searchParams
    const [after, limit] = [Number(query.get('after') ?? 0), Number(query.get('limit') ?? 50)]
    const [demand, until] = [query.get('demand'), Date.parse(query.get('until') ?? '')]
    let at = after
    const items: Summary[] = []
    for (; at < all.length && items.length < limit && at - after < 500; at += 1) {
      const one = all[at]
      if (!one || (until && Date.parse(String(one.due_at)) >= until)) break
      if (!demand || one.demand.name === demand) items.push(one)
    }
    const isEnd = at >= all.length || (until > 0 && Date.parse(String(all[at]?.due_at)) >= until)
    await route.fulfill({ json: isEnd ? { items } : { items, next: String(at) } })
  }
  await page.route(/\/api\/v1\/cases\?/, answer)

  console.info(`100,000 open cases, first rows: ${await firstRows(page, '/desk/lists/open')} ms from the address (median of 5)`)
  await traced(page, '  reading all of them by scrolling', () => readAll(page, MANY))
  await expect.poll(() => page.getByRole('grid').getAttribute('aria-rowcount')).toBe(String(MANY))
  const frame = await traced(page, '  scrolling with all of them read', () => scroll(page))
  console.info(`  longest time between two frames: ${frame} ms`)
  await traced(page, '  choosing 500', async () => {
    await page.keyboard.press('j')
    await page.keyboard.press('a')
    await page.getByText('已选 500 件').waitFor()
  })
  await page.keyboard.press('Escape')
  await traced(page, '  a live change', async () => {
    await file('一件新的诉求，路灯不亮。')
    await page.waitForTimeout(1000)
  })
  const took = await traced(page, '  filtering', async () => {
    const before = Date.now()
    await page.getByLabel('诉求类型').selectOption({ index: 2 })
    await page.waitForURL(/demand=/)
    await page.locator('[role="row"][data-number]').first().waitFor()
    return Date.now() - before
  })
  console.info(`  from the filter to its first rows: ${took} ms`)
  noFaults()
})

it('lists what the program has', async () => {
  const page = await person(1440)
  await observe(page)
  await signIn(page, login('supervisor'), '/desk/lists/closed')
  console.info(`closed cases of the program, first rows: ${await firstRows(page, '/desk/lists/closed')} ms from the address (median of 5)`)
  // What standing between page and program costs by itself: the same list, with a route that no address takes. So much of the
  // first rows of 100,000 cases is the measuring.
  await page.route('**/taken-by-nothing', (route) => route.continue())
  console.info(`  with requests led past the test, as for the 100,000: ${await firstRows(page, '/desk/lists/closed')} ms`)
  await page.unroute('**/taken-by-nothing')
  await traced(page, '  reading all of them by scrolling', () => readAll(page, Infinity))
  const count = await page.getByRole('grid').getAttribute('aria-rowcount')
  const frame = await traced(page, `  scrolling over ${count}`, () => scroll(page))
  console.info(`  longest time between two frames: ${frame} ms`)
  noFaults()
})
