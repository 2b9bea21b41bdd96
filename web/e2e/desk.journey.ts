// What stands in the way of a day's work at the desk: cases that may be the same, taking a demand, one's own requests, days
// that there are not, and forms that say what is missing.
import { expect, it } from 'vitest'
import { login, look, noFaults, person, signIn } from './browser'
import { file } from './filing'

it('shows whoever sends a case out what may be the same, and where it lies', async () => {
  const text = '东门公交站旁的污水井满溢，污水流到人行道上，气味很大。'
  const { number: first } = await file(text)
  const { number } = await file(text)
  const page = await person()
  await signIn(page, login('dispatcher'), `/desk/cases/${number}`)
  await page.locator(`a[href$="/cases/${first}"]`).waitFor()
  await page.getByRole('button', { name: '显示地图' }).click()
  await look(page, 'desk-similar')

  // What one has asked for oneself waits for somebody else, and says so.
  const status = await page.evaluate(
    async ([number, into]) => {
      const body = JSON.stringify({ kind: 'merge', reason: '同一件事', into })
      const answer = await fetch(`/api/v1/cases/${number}/requests`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body })
      return answer.ok ? '' : await answer.text()
    },
    [number, first],
  )
  expect(status).toBe('')
  await page.locator('[data-journey="own-request"]').getByText('是您提出的').waitFor()
  await look(page, 'desk-own-request')

  // Somebody who works on it is not kept waiting for a search that they did not ask for.
  const verifier = await person()
  await signIn(verifier, login('verifier'), `/desk/cases/${number}`)
  await verifier.getByRole('button', { name: '查找' }).waitFor()
  noFaults()
})

it('begins taking a demand with what fits whoever takes it', async () => {
  const worker = await person()
  await signIn(worker, login('grid_worker'), '/desk/intake')
  const kind = worker.getByLabel('案件类别')
  await expect.poll(() => kind.inputValue()).not.toBe('')
  const label = () => kind.evaluate((one: HTMLSelectElement) => one.selectedOptions[0]?.textContent)
  expect(await label()).toBe('网格事件')
  expect(await kind.locator('option').allTextContents()).not.toContain('历史记录')
  await worker.getByRole('button', { name: '登记' }).click()
  await worker.locator('.field', { has: worker.getByLabel('诉求类型') }).getByText('请选择一项').waitFor()
  await look(worker, 'desk-intake-grid')

  const operator = await person()
  await signIn(operator, login('operator'), '/desk/intake')
  const channel = operator.getByLabel('渠道')
  await operator.getByLabel('内容').fill('路灯不亮，楼下漆黑，老人出行不便。')
  await channel.selectOption({ label: '热线电话' })
  await operator.getByRole('combobox', { name: '地点' }).fill('虎台')
  await operator.getByRole('listbox').getByRole('option').first().click()
  await operator.getByText('位于').waitFor()
  await operator.getByLabel('内容').press('Control+Enter')
  await operator.locator('[data-journey="number"]').waitFor()
  // In a new tab of the same account it is the same channel; for somebody else it is not.
  const tab = await operator.context().newPage()
  await tab.goto('/desk/intake')
  const chosen = (page: typeof tab) => page.getByLabel('渠道').evaluate((one: HTMLSelectElement) => one.selectedOptions[0]?.textContent?.trim())
  await expect.poll(() => chosen(tab)).toBe('热线电话')
  await operator.getByRole('button', { name: '退出', exact: true }).click()
  await operator.getByLabel('登录名').waitFor()
  await signIn(operator, login('dispatcher'), '/desk/intake')
  await expect.poll(() => operator.getByLabel('案件类别').inputValue()).not.toBe('')
  expect(await chosen(operator)).toBe('请选择')
  noFaults()
})

it('says under its field what a form lacks, in the language of the page', async () => {
  const page = await person()
  await page.goto('/desk')
  await page.getByLabel('登录名').waitFor()
  await page.getByRole('button', { name: '登录' }).click()
  await expect.poll(() => page.getByText('请填写这一项').count()).toBe(2)
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('login')
  await look(page, 'desk-sign-in-lacks')
  await page.getByLabel('登录名').fill('somebody')
  await expect.poll(() => page.getByText('请填写这一项').count()).toBe(1)
  noFaults()
})

it('says so where there is no such day, and once why nobody is ranked', async () => {
  const page = await person()
  await signIn(page, login('leader'), '/desk/day/2031-01-01')
  await expect.poll(() => new URL(page.url()).pathname).toBe('/desk/day')
  await page.goto('/desk/brief/2026-02-31')
  await expect.poll(() => new URL(page.url()).pathname).toBe('/desk/brief')
  await page.goto('/desk/rates')
  await page.getByRole('table').first().waitFor()
  expect(await page.getByText('太少', { exact: true }).count()).toBe(0)
  await page.locator('[data-journey="too-few"]').waitFor()
  await look(page, 'desk-rates-few')
  noFaults()
})
