// Figures, for those who answer for an area: the day, the brief, a sample worked through, a month closed and corrected.
import type { Locator, Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { login, look, noFaults, person, signIn } from './browser'
import { file } from './filing'
import { demonstration } from './server'

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

/** The day with the most filings of the last month in which something was filed, before today. */
async function busyDay(page: Page): Promise<string> {
  const today = new Date().toISOString().slice(0, 10)
  const { within } = await get<Rates>(page, `rates?period=${today.slice(0, 7)}&by=month`)
  for (const month of monthsBack(today, 25)) {
    const path = `tallies?unit=${within.code}&from=${month}-01&to=${month}-28&measures=filed`
    const found = await get<{ items: { days: { day: string; count: number }[] }[] }>(page, path)
    const days = (found.items[0]?.days ?? []).filter((one) => one.day < today)
    if (days.length) return days.reduce((a, b) => (b.count > a.count ? b : a)).day
  }
  throw new Error('nothing was ever filed')
}

/** A number that is a link leads to as many cases. */
async function opensAsMany(page: Page, number: Locator): Promise<void> {
  const wanted = Number(await number.textContent())
  expect(wanted).toBeGreaterThan(0)
  await number.click()
  await page.locator('[data-journey="counted"]').waitFor()
  const more = page.getByRole('button', { name: '再显示一些' })
  while (await more.isVisible()) await more.click()
  await expect.poll(() => page.locator('tbody tr').count()).toBe(wanted)
  expect(await page.locator('[data-journey="counted"]').textContent()).toContain(`共 ${wanted} 件`)
}

it('shows a leader the day first, and every number opens as many cases', async () => {
  const leader = await person()
  await signIn(leader, login('leader'))
  await expect.poll(() => leader.url()).toMatch(/\/desk\/day$/)
  await leader.getByRole('heading', { name: '今日', level: 1 }).waitFor()
  await leader.locator('[data-journey="verdict"]').waitFor()
  await look(leader, 'desk-day')

  // Somebody reports: it is counted within seconds, and the page stays where it was.
  const count = leader.locator('[data-count="filed"] .number').first()
  const before = Number(await count.textContent())
  const heading = leader.getByRole('heading', { name: '哪里来的' })
  await leader.locator('main').evaluate((element) => element.scrollTo({ top: 150 }))
  const place = async () => (await heading.boundingBox())?.y ?? 0
  const at = await place()
  await file('人行道地砖松动，下雨天一踩一身水，请尽快维修。')
  await expect.poll(async () => Number(await count.textContent()), { timeout: 5000 }).toBe(before + 1)
  // A sign of another font may make a line higher by a hair.
  expect(Math.abs((await place()) - at)).toBeLessThan(5)

  // What is open now stands in the list that is worked through, filter and all.
  const overdue = leader.locator('[data-count="overdue"] a')
  if (await overdue.count()) {
    const wanted = Number(await overdue.textContent())
    await overdue.click()
    await expect.poll(() => leader.url()).toMatch(/\/desk\/lists\/open\?late=1$/)
    await leader.getByText(`共 ${wanted} 件`).waitFor()
    await leader.goBack()
  }

  // A day that is over: what was filed, of which matter, and where.
  const day = await busyDay(leader)
  const page = `/desk/day/${day}`
  await leader.goto(page)
  const filed = leader.locator('[data-count="filed"] a')
  await filed.waitFor()
  await look(leader, 'desk-day-past')
  await opensAsMany(leader, filed)
  await look(leader, 'desk-behind')
  for (const nth of [0, 1]) {
    await leader.goto(page)
    const parts = leader.locator('table', { has: leader.locator('[data-part]') }).nth(nth)
    await opensAsMany(leader, parts.locator('tbody a').first())
  }
  // The chart tells the same as a table.
  await leader.goto(page)
  const chart = leader.locator('figure').first()
  await chart.locator('summary').click()
  const counts = await chart.locator('tbody tr td:nth-child(2)').allTextContents()
  const sum = counts.reduce((all, text) => all + (Number(text) || 0), 0)
  expect(sum).toBe(Number(await filed.textContent()))
  // By keyboard to the day before, and back.
  await leader.keyboard.press('j')
  await expect.poll(() => leader.url()).not.toContain(day)
  await leader.keyboard.press('k')
  await expect.poll(() => leader.url()).toContain(day)
  noFaults()
}, 120_000)

it('prints the morning brief on one sheet, in both languages and from a dark screen', async () => {
  const leader = await person()
  await signIn(leader, login('leader'), '/desk/day')
  const day = await busyDay(leader)
  const next = new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10)
  await leader.goto(`/desk/day/${next}`)
  await leader.getByRole('link', { name: '晨报' }).click()
  const sheet = leader.locator('[data-journey="brief"]')
  await sheet.waitFor()
  expect(await sheet.locator('[data-count="filed"] strong').textContent()).toMatch(/^[1-9]/)
  await look(leader, 'desk-brief')
  for (const language of ['zh-CN', 'en']) {
    if (language === 'en') await leader.getByRole('button', { name: 'English' }).first().click()
    await leader.emulateMedia({ media: 'print', colorScheme: 'dark', reducedMotion: 'reduce' })
    // Paper is white, whatever the screen is, and holds nothing of the page around it.
    expect(await sheet.evaluate((element) => getComputedStyle(element).backgroundColor)).toBe('rgb(255, 255, 255)')
    expect(await leader.getByRole('navigation').count()).toBe(0)
    const pdf = await leader.pdf({ preferCSSPageSize: true, printBackground: true })
    expect(pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)).toHaveLength(1)
    expect(pdf.toString('latin1')).toMatch(/\/MediaBox\s*\[\s*0 0 59[456](\.\d+)? 84[12]/)
    await leader.emulateMedia({ media: 'screen', reducedMotion: 'reduce' })
  }
  // English names of units are long: they stay on the sheet, on a telephone too.
  await leader.goto('/desk/brief')
  await sheet.getByRole('heading', { name: 'Overdue and due soon' }).waitFor()
  for (const width of [390, 1280]) {
    await leader.setViewportSize({ width, height: 900 })
    const beyond = await sheet.evaluate((element) => {
      const edge = element.getBoundingClientRect().right
      return [...element.querySelectorAll('table')].filter((table) => table.getBoundingClientRect().right > edge).length
    })
    expect(beyond, `tables beyond the sheet at ${width}`).toBe(0)
  }
  noFaults()
}, 120_000)

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

it('draws a month, closes it, works the sample through by keyboard, and says what that changed', async ({ onTestFinished }) => {
  // A life that ended on the last day of a month has not drawn that month.
  const month = '2024-12'
  const { origin, stop } = await demonstration('2024-12-31')
  onTestFinished(stop)
  const supervisor = await person(1280, 900, origin)
  await signIn(supervisor, login('supervisor'), '/desk/samples')
  await supervisor.getByRole('heading', { name: '回访抽样', level: 1 }).waitFor()
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
  await supervisor.getByText('✓ 已公布第 1 版').waitFor()
  expect(await supervisor.getByRole('button', { name: '再次关账…' }).count()).toBe(0)
  await look(supervisor, 'desk-rates-closed')

  // The clerk works through the sample without a mouse: whoever is waiting, and then somebody who now says otherwise.
  const clerk = await person(1280, 900, origin)
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
  await supervisor.getByText('✓ 已公布第 2 版').waitFor()
  const total = supervisor.locator('[data-edition="2"] tr').filter({ hasText: '合计' }).filter({ hasText: '解决率' })
  await total.waitFor()
  const [before, after] = (await total.locator('td.figure').allTextContents()).map((text) => /(\S+) \/ (\S+)/.exec(text)?.slice(1).map(Number))
  // Everybody of the sample has answered by now, and one is not content with how it was solved.
  expect(after?.[1]).toBe(drawn)
  expect(after?.[0]).toBeLessThan(drawn)
  expect(after).not.toEqual(before)
  // And which cases moved it, the last of them the one that was corrected.
  await supervisor.getByRole('button', { name: '哪些案件引起的' }).click()
  await supervisor.getByRole('region', { name: '哪些案件引起的' }).getByText('不满意').first().waitFor()
  await look(supervisor, 'desk-rates-editions')
  await supervisor.getByLabel('看哪一版').selectOption({ label: '第 1 版' })
  await supervisor.locator('[data-journey="frozen"]').waitFor()
  expect(await supervisor.locator('[data-row="total"]').getByRole('link').count()).toBe(0)

  // The ranking as a file, as it is shown.
  const [file] = await Promise.all([supervisor.waitForEvent('download'), supervisor.getByRole('button', { name: 'CSV' }).click()])
  expect(file.suggestedFilename()).toContain(month)
  noFaults()
}, 180_000)
