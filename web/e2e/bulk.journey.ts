// Many cases at once: chosen by keyboard and by mouse, sent out together, and told plainly where one was not done.
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { login, look, noFaults, person, signIn } from './browser'
import { file, matterOf } from './filing'

const row = (page: Page, number: string) => page.locator(`[role="row"][data-number="${number}"]`)
const focused = (page: Page) => page.evaluate(() => document.activeElement?.getAttribute('data-number'))
const steps = '**/api/v1/cases/*/steps'

async function fileMany(count: number): Promise<string[]> {
  const matter = await matterOf('路灯不亮')
  const numbers: string[] = []
  for (let at = 0; at < count; at += 1) {
    numbers.push((await file(`第 ${at + 1} 盏路灯不亮，楼下一片漆黑，老人出行不便。`, { matter })).number)
  }
  return numbers
}

/** Moves the focus to a case, by keys alone. */
async function moveTo(page: Page, number: string) {
  await page.keyboard.press('k')
  for (let at = 0; at < 80 && (await focused(page)) !== number; at += 1) await page.keyboard.press('j')
  expect(await focused(page)).toBe(number)
}

it('never reaches unseen what a filter has hidden', async () => {
  const matter = await matterOf('路灯不亮')
  const words = ['东门口的路灯坏了三盏，晚上看不清路。', '西门口的井盖松动，车过有响声。']
  const numbers: string[] = []
  for (const text of words) numbers.push((await file(text, { matter })).number)
  const [lamp = '', cover = ''] = numbers
  const page = await person()
  await signIn(page, login('dispatcher'))
  await row(page, lamp).locator('.box').click()
  await row(page, cover).locator('.box').click()
  await page.getByText('已选 2 件').waitFor()

  // Narrowed to one of them: the other stays chosen, and is told by number and by name.
  await page.getByLabel('搜索内容').fill('井盖松动')
  await page.keyboard.press('Enter')
  await expect.poll(() => row(page, lamp).count()).toBe(0)
  await page.getByText('其中 1 件没有显示在列表里').waitFor()
  await page.getByRole('button', { name: '批量办理' }).click()
  await page.locator('[data-bulk^="step."]').filter({ hasText: '派单' }).first().click()
  const reached = page.locator('[data-reached]')
  await page.locator(`[data-reached="${lamp}"]`).getByText('没有显示在列表里').waitFor()
  expect(await reached.first().getAttribute('data-reached')).toBe(lamp)
  await look(page, 'desk-bulk-unseen')
  await page.locator('.panel').getByRole('button', { name: '不选这 1 件' }).click()
  await expect.poll(() => reached.count()).toBe(1)
  await page.locator('.panel form').getByRole('button', { name: '派单' }).click()
  await page.getByText('已办 1 / 1').first().waitFor()
  const state = await page.evaluate(async (number) => ((await (await fetch(`/api/v1/cases/${number}`)).json()) as { phase: string }).phase, lamp)
  expect(state, 'what was left out was not sent').toBe('dispatch')

  // A filter that lets nothing through says so; days the wrong way round are told and ask for nothing.
  await page.getByRole('button', { name: '取消选择' }).click().catch(() => undefined)
  await page.goto('/desk/lists/dispatch?from=2020-01-01&to=2020-01-02')
  await page.getByText('没有符合条件的案件').waitFor()
  await page.getByLabel('从', { exact: true }).fill('2020-02-01')
  await page.getByText('起始日期晚于截止日期').waitFor()
  await look(page, 'desk-nothing-fits')
  await page.getByText('没有符合条件的案件').locator('..').getByRole('button', { name: '清除条件' }).click()
  await row(page, lamp).waitFor()
  noFaults()
})

it('sends out many cases by keyboard; one that fails comes back and says why', async () => {
  const numbers = await fileMany(5)
  const page = await person()
  await signIn(page, login('dispatcher'))
  await row(page, numbers[0] ?? '').waitFor()
  // As they stand in the list, whatever order that is.
  const inOrder = await page.getByRole('row').evaluateAll((all) => all.map((one) => one.getAttribute('data-number')))
  const chosen = inOrder.filter((number): number is string => number !== null && numbers.includes(number))
  expect(chosen).toHaveLength(5)
  const [one = '', two = '', three = ''] = chosen

  // The first by itself, then a range from it.
  await moveTo(page, one)
  await page.keyboard.press('x')
  await page.getByText('已选 1 件').waitFor()
  await page.keyboard.press('j')
  await page.keyboard.press('j')
  await page.keyboard.press('Shift+X')
  await expect.poll(() => row(page, three).getAttribute('aria-selected')).toBe('true')
  await look(page, 'desk-list-chosen')

  // One of them is refused: it comes back where it stood, with the reason, and the others are gone.
  let refuse = () => undefined as void
  const refused = new Promise<void>((done) => (refuse = done))
  await page.route(steps, async (route) => {
    if (!route.request().url().includes(two)) return route.continue()
    await refused
    await route.fulfill({
      status: 409,
      contentType: 'application/problem+json',
      body: JSON.stringify({ type: '/problems/state_forbids', title: '不行', status: 409, code: 'state_forbids', detail: '此案件现在不能派单' }),
    })
  })
  await page.keyboard.press('b')
  const dispatch = page.locator('[data-bulk^="step."]').filter({ hasText: '派单' }).first()
  await dispatch.waitFor()
  await dispatch.focus()
  await page.keyboard.press('Enter')
  const form = page.locator('.panel form')
  await form.getByRole('button', { name: '派单' }).waitFor()
  // Beside the acts the list is narrow: two lines, what it is about above how its limit stands.
  const top = async (cell: string) => (await row(page, one).locator(cell).boundingBox())?.y ?? NaN
  expect(await top('.headline')).toBeLessThan(await top('.due'))
  await form.getByRole('button', { name: '派单' }).focus()
  await page.keyboard.press('Enter')
  // It goes at once, before the server has answered.
  await expect.poll(() => row(page, two).count()).toBe(0)
  refuse()
  await page.getByText('1 件没有办成，仍在选中').first().waitFor()
  await row(page, two).getByText('此案件现在不能派单').waitFor()
  await expect.poll(() => row(page, two).getAttribute('aria-selected')).toBe('true')
  await expect.poll(() => row(page, one).count()).toBe(0)
  await expect.poll(() => row(page, three).count()).toBe(0)
  await look(page, 'desk-bulk-failed')

  // The same words once more, and it is done.
  await page.unroute(steps)
  await form.getByRole('button', { name: '派单' }).click()
  await page.getByText('没有选中案件').waitFor()
  await expect.poll(() => row(page, two).count()).toBe(0)
  noFaults()
}, 120_000)

it('keeps what was not sent when the session runs out in the middle', async () => {
  const numbers = await fileMany(12)
  const page = await person()
  await signIn(page, login('dispatcher'))
  for (const number of numbers) await row(page, number).getByRole('checkbox').click()
  await page.getByText('已选 12 件').waitFor()
  for (const number of numbers) expect(await row(page, number).getByRole('checkbox').isChecked()).toBe(true)
  let sent = 0
  let ends: Promise<void> | undefined
  await page.route(steps, async (route) => {
    sent += 1
    if (sent < 5) return route.continue()
    // The fifth goes through, and its answer does not come: the session has ended meanwhile, for those beside it too.
    ends ??= route.fetch().then(() => page.context().clearCookies())
    await ends
    const problem = { type: '/problems/unauthenticated', title: '请先登录', status: 401, code: 'unauthenticated', detail: '登录已失效，请重新登录' }
    return route.fulfill({ status: 401, contentType: 'application/problem+json', json: problem })
  })
  await page.getByRole('button', { name: /^批量办理/ }).click()
  await page.locator('[data-bulk^="step."]').filter({ hasText: '派单' }).first().click()
  await page.locator('.panel form').getByRole('button', { name: '派单' }).click()
  await page.getByText('请登录后继续').waitFor()
  // Four go out at a time: those beside the fifth, and none after them.
  expect(sent, 'nothing more is sent').toBeLessThanOrEqual(8)
  await page.unroute(steps)

  await signIn(page, login('dispatcher'), new URL(page.url()).pathname + new URL(page.url()).search)
  const left = Number(/\d+/.exec((await page.getByText(/^已选 \d+ 件$/).textContent()) ?? '')?.[0])
  expect(left).toBeGreaterThan(0)
  expect(left).toBeLessThan(12)
  await page.getByRole('button', { name: /^批量办理/ }).click()
  await page.locator('[data-bulk^="step."]').filter({ hasText: '派单' }).first().click()
  await page.locator('.panel form').getByRole('button', { name: '派单' }).click()
  // The one that went through although nobody was told has left the list: it is said, and not done once more.
  await page.locator('.panel').getByText(/已办 (\d+) \/ \1/).waitFor()
  await page.getByRole('button', { name: /^不选这 \d+ 件/ }).first().click()
  await page.getByText('没有选中案件').waitFor()
  for (const number of numbers) await expect.poll(() => row(page, number).count()).toBe(0)
  noFaults()
})

it('shows the columns that somebody chose, and the list that an address names', async () => {
  const page = await person(1440)
  await signIn(page, login('supervisor'), '/desk/lists/closed')
  await page.getByRole('columnheader', { name: '事项' }).waitFor()
  await page.getByRole('button', { name: '列', exact: true }).click()
  await look(page, 'desk-columns')
  await page.getByLabel('事项', { exact: true }).uncheck()
  await page.getByLabel('渠道', { exact: true }).check()
  for (let at = 0; at < 8; at += 1) {
    const before = page.getByRole('button', { name: '渠道：往前移' })
    if (await before.isDisabled()) break
    await before.click()
  }
  await page.getByRole('button', { name: '关闭' }).click()
  const heads = async () => (await page.getByRole('columnheader').allTextContents()).map((words) => words.trim())
  expect((await heads())[1]).toBe('渠道')
  expect(await heads()).not.toContain('事项')
  await page.reload()
  await page.getByRole('columnheader', { name: '渠道' }).waitFor()
  expect((await heads())[1]).toBe('渠道')

  // What it is narrowed to stands in the address.
  await page.getByRole('button', { name: '更多条件' }).click()
  await page.getByLabel('从', { exact: true }).fill('2024-06-01')
  await page.getByLabel('到', { exact: true }).fill('2024-06-30')
  await expect.poll(() => page.url()).toContain('from=2024-06-01&to=2024-06-30')
  await expect.poll(() => page.locator('[role="row"][data-number]').count()).toBeGreaterThan(0)
  await look(page, 'desk-list-narrowed')
  const other = await person(1440)
  await signIn(other, login('supervisor'), new URL(page.url()).pathname + new URL(page.url()).search)
  await expect.poll(() => other.getByLabel('从', { exact: true }).inputValue()).toBe('2024-06-01')
  await expect.poll(() => other.locator('[role="row"][data-number]').first().getAttribute('data-number')).toBe(
    await page.locator('[role="row"][data-number]').first().getAttribute('data-number'),
  )
  noFaults()
})
