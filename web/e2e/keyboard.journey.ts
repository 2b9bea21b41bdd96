// Dispatching without a mouse: signing in, finding the case, sending it out, going on to the next.
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { login, look, noFaults, person, signIn } from './browser'
import { file } from './filing'

/** Two cases one after the other by keys alone: the keys belong to the case that is shown, and the focus is never lost. */
async function twice(page: Page) {
  const act = page.locator('.acts [data-act]').first()
  const form = page.locator('.acts form')
  const openCase = () => page.url().split('/').at(-1)
  const seen: (string | undefined)[] = []
  for (const way of ['k', 'j']) {
    await act.waitFor()
    await page.keyboard.press('1')
    await form.waitFor()
    expect(await form.getByRole('heading').textContent()).toBe(((await act.textContent()) ?? '').replace(/\s*1$/, '').trim())
    // What opened the form has the focus again when it is closed.
    await page.keyboard.press('Escape')
    await form.waitFor({ state: 'detached' })
    await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('data-act'))).toBe(await act.getAttribute('data-act'))
    seen.push(openCase())
    await page.keyboard.press('Escape')
    await page.locator('.case-view').waitFor({ state: 'detached' })
    await page.keyboard.press(way)
    await page.keyboard.press('Enter')
    await page.locator('.case-view').waitFor()
  }
  expect(new Set(seen).size, 'two cases').toBe(2)
  expect(openCase()).toBe(seen[0])
}

it('dispatches by keyboard alone, and hears of what comes in', async () => {
  const { number: first } = await file('<script>alert(1)</script> 路灯不亮，楼下一片漆黑，老人出行不便。')
  const page = await person()
  await page.goto('/desk')
  await page.getByLabel('登录名').waitFor()
  await look(page, 'desk-sign-in')
  await page.keyboard.type(login('dispatcher'))
  await page.keyboard.press('Tab')
  await page.keyboard.type('a wrong password')
  await page.keyboard.press('Enter')
  await page.getByText('登录名或口令不正确').waitFor()
  await signIn(page, login('dispatcher'))

  // The list of what is to be dispatched is where a dispatcher begins.
  await page.getByRole('heading', { name: '待派单', level: 1 }).waitFor()
  const row = (number: string) => page.locator(`[role="row"][data-number="${number}"]`)
  await row(first).waitFor()
  await look(page, 'desk-list')

  // Somebody else reports: it shows within a second, by itself.
  const { number: second } = await file('小区门口垃圾三天没有清运，气味很大，请尽快处理。')
  const began = Date.now()
  await row(second).waitFor()
  expect(Date.now() - began).toBeLessThan(1500)

  await page.keyboard.press('?')
  await page.getByRole('dialog').getByText('下一件').waitFor()
  await page.keyboard.press('Escape')

  // Down to the case, open it, send it out as the directory says.
  for (let at = 0; at < 40; at += 1) {
    await page.keyboard.press(at === 0 ? 'k' : 'j')
    const focused = await page.evaluate(() => document.activeElement?.getAttribute('data-number'))
    if (focused === second) break
  }
  await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('data-number'))).toBe(second)
  await page.keyboard.press('Enter')
  await page.locator('[data-act="dispatch"]').waitFor()
  await twice(page)
  const key = await page.locator('[data-act="dispatch"] kbd').textContent()
  await page.keyboard.press(key ?? '')
  await page.getByText('派单目录建议').waitFor()
  await page.locator('.acts form').getByRole('button', { name: '派单' }).focus()
  await page.keyboard.press('Enter')
  await page.getByText('已完成：派单').waitFor()
  await look(page, 'desk-case')
  // It leaves the list, and the place in it stays.
  await expect.poll(() => row(second).count()).toBe(0)
  await page.keyboard.press('Escape')
  await expect.poll(() => page.url()).toMatch(/\/desk\/lists\/dispatch$/)
  await row(first).waitFor()
  // What was typed into the report is shown and not run.
  expect(await row(first).textContent()).toContain('<script>')

  // Another list has the same keys, once; a page without any offers none.
  await page.goto('/desk/lists/dispatch')
  await page.getByRole('link', { name: '全部在办' }).click()
  await page.getByRole('row').first().waitFor()
  const offered = async () => {
    await page.keyboard.press('?')
    const found = await page.getByRole('dialog', { name: '键盘操作' }).locator('kbd').allTextContents()
    await page.keyboard.press('Escape')
    return found
  }
  const keys = await offered()
  expect(keys).toContain('j')
  expect(new Set(keys).size).toBe(keys.length)
  expect(keys.filter((one) => /\d/.test(one)), 'no case is open').toEqual([])
  await page.locator('.who').click()
  await page.getByRole('heading', { name: '会话' }).waitFor()
  expect(await offered()).toEqual(['?'])

  // Words are found, filters come from the packs, and are kept under a name.
  await page.goto('/desk/lists/closed')
  await page.getByRole('row').first().waitFor()
  await page.keyboard.press('/')
  await page.keyboard.type('路灯')
  await page.keyboard.press('Enter')
  await page.getByLabel('诉求类型').selectOption({ label: '投诉' })
  await page.getByRole('button', { name: '保存条件' }).click()
  await page.getByLabel('名称').fill('路灯投诉')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: '路灯投诉', exact: true }).waitFor()
  await look(page, 'desk-filtered')

  // A case that is not theirs, or is none at all, says so.
  await page.goto('/desk/cases/240101-000000-000000')
  await page.getByRole('alert').waitFor()
  await look(page, 'desk-missing')
  await page.goto('/desk/account')
  await page.getByRole('heading', { name: '会话' }).waitFor()
  await look(page, 'desk-account')
  noFaults()
})
