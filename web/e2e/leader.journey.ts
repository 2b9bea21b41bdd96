// Figures, for those who answer for an area: the day, the brief, a sample worked through, a month closed and corrected.
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { login, look, noFaults, person, signIn } from './browser'

/** What the server answers to somebody who is signed in. */
async function get<T>(page: Page, path: string): Promise<T> {
  const answer = await page.request.get(`/api/v1/${path}`)
  expect(answer.ok(), path).toBe(true)
  return (await answer.json()) as T
}

interface Rates {
  within: { code: string }
  total: { counts: Record<string, number> }
}

/** Months backwards from one. */
function monthsBack(from: string, count: number): string[] {
  const index = Number(from.slice(0, 4)) * 12 + Number(from.slice(5, 7)) - 1
  return Array.from({ length: count }, (_, nth) => {
    const at = index - nth
    return `${Math.floor(at / 12)}-${String((at % 12) + 1).padStart(2, '0')}`
  })
}

/** The last month that is over, in which cases that can be drawn were closed, and of which no sample is drawn. */
async function undrawnMonth(page: Page): Promise<string> {
  const today = new Date().toISOString().slice(0, 7)
  const { within } = await get<Rates>(page, `rates?period=${today}&by=month`)
  const drawn = await get<{ items: { period: string }[] }>(page, `samples?district=${within.code.slice(0, 6)}`)
  for (const month of monthsBack(today, 25).slice(1)) {
    if (drawn.items.some((one) => one.period === month)) continue
    const { total } = await get<Rates>(page, `rates?period=${month}&by=month`)
    if ((total.counts['rated_closed'] ?? 0) > 1) return month
  }
  throw new Error('every month with cases is drawn')
}

/** Records a call for the case that is open, by keyboard: the keys for whether somebody answered, and the three questions. */
async function call(clerk: Page, questions: string[], note = '', picture?: string): Promise<void> {
  await clerk.locator('[data-act="call_back"]').waitFor()
  if (picture) await look(clerk, picture)
  await clerk.keyboard.press('1')
  const first = clerk.getByRole('radio', { name: '是' }).first()
  await expect.poll(() => first.evaluate((radio) => radio === document.activeElement)).toBe(true)
  for (const [nth, keys] of questions.entries()) {
    if (nth) await clerk.keyboard.press('Tab')
    for (const key of keys.split(' ')) await clerk.keyboard.press(key)
  }
  if (note) {
    await clerk.keyboard.press('Tab')
    await clerk.keyboard.type(note)
    const isAtButton = () => clerk.evaluate(() => document.activeElement?.matches('form .button--primary'))
    for (let tabs = 0; tabs < 5 && !(await isAtButton()); tabs += 1) await clerk.keyboard.press('Tab')
  }
  await clerk.keyboard.press('Enter')
  await clerk.getByText('已完成：抽样回访').waitFor()
}

it('draws a month, closes it, works the sample through by keyboard, and says what that changed', async () => {
  const supervisor = await person()
  await signIn(supervisor, login('supervisor'), '/desk/samples')
  await supervisor.getByRole('heading', { name: '回访抽样', level: 1 }).waitFor()
  const month = await undrawnMonth(supervisor)
  await supervisor.getByLabel('抽取哪个月').selectOption(month)
  await supervisor.getByRole('button', { name: '抽取' }).click()
  await supervisor.getByText(/已抽取 \d+ 件/).waitFor()
  await supervisor.getByRole('link', { name: month }).waitFor()
  await look(supervisor, 'desk-samples')

  // The figures of the month are published before anybody was called.
  await supervisor.goto(`/desk/rates?period=${month}&by=department`)
  await supervisor.getByRole('button', { name: '关账…' }).click()
  await supervisor.getByLabel('说明').fill('月报')
  await supervisor.getByRole('button', { name: '关账并公布' }).click()
  await supervisor.getByText('已公布第 1 版').waitFor()
  expect(await supervisor.getByRole('button', { name: '再次关账…' }).count()).toBe(0)
  await look(supervisor, 'desk-rates-closed')

  // The clerk works through the sample without a mouse: whoever is waiting, and then somebody who now says otherwise.
  const clerk = await person()
  await signIn(clerk, login('call_back_clerk'), '/desk/samples')
  await clerk.getByRole('link', { name: month }).click()
  const progress = clerk.locator('[data-journey="progress"]')
  await progress.waitFor()
  await look(clerk, 'desk-sample')
  const part = (name: string) => clerk.getByRole('group', { name: '进度' }).getByRole('button', { name })
  const count = async (name: string) => Number(/\d+/.exec((await part(name).textContent()) ?? '')?.[0])
  const drawn = (await count('待回访')) + (await count('未接通')) + (await count('已接通'))
  expect(drawn).toBeGreaterThan(0)
  for (let waiting = await count('待回访'), nth = 0; nth < waiting; nth += 1) {
    const before = clerk.url()
    await clerk.keyboard.press(nth ? 'j' : 'o')
    await expect.poll(() => clerk.url()).not.toBe(before)
    await call(clerk, ['Space', 'Space', 'Space', 'Space'])
    await expect.poll(() => count('待回访')).toBe(waiting - nth - 1)
  }
  await part('已接通').focus()
  await clerk.keyboard.press('Enter')
  await clerk.locator('[data-at="0"]').waitFor()
  await clerk.keyboard.press('o')
  // In touch, but not solved, and dissatisfied.
  await call(clerk, ['Space', 'Space', 'ArrowRight', 'ArrowRight ArrowRight'], '诉求人来电更正', 'desk-sample-case')
  await clerk.keyboard.press('Escape')
  await expect.poll(() => clerk.url()).not.toMatch(/\d{6}-\d{6}-\d{6}\/\d{6}/)

  // What was published stands; what it would be now differs, and is published as the next edition.
  await supervisor.goto(`/desk/rates?period=${month}&by=department`)
  await supervisor.getByText('现在的数字与最新一版不同', { exact: false }).waitFor()
  await supervisor.getByRole('button', { name: '再次关账…' }).click()
  await supervisor.getByLabel('说明').fill('更正回访结果')
  await supervisor.getByRole('button', { name: '关账并公布' }).click()
  await supervisor.getByText('已公布第 2 版').waitFor()
  const total = supervisor.locator('[data-edition="2"] tr').filter({ hasText: '合计' }).filter({ hasText: '解决率' })
  await total.waitFor()
  const [before, after] = (await total.locator('td.figure').allTextContents()).map((text) => /(\S+) \/ (\S+)/.exec(text)?.slice(1).map(Number))
  // Everybody of the sample has answered by now, and one is not content with how it was solved.
  expect(after?.[1]).toBe(drawn)
  expect(after?.[0]).toBeLessThan(drawn)
  expect(after).not.toEqual(before)
  await look(supervisor, 'desk-rates-editions')
  await supervisor.getByLabel('看哪一版').selectOption({ label: '第 1 版' })
  await supervisor.locator('[data-journey="frozen"]').waitFor()
  expect(await supervisor.locator('[data-row="total"]').getByRole('link').count()).toBe(0)

  // The ranking as a file, as it is shown.
  const [file] = await Promise.all([supervisor.waitForEvent('download'), supervisor.getByRole('button', { name: 'CSV' }).click()])
  expect(file.suggestedFilename()).toContain(month)
  noFaults()
}, 180_000)
