// A complaint from a telephone to its reply and rating, through everybody whose job it is.
import { expect, it } from 'vitest'
import { login, look, noFaults, person, signIn } from './browser'

it('goes from a telephone to a reply and is rated', async () => {
  const phone = await person(390, 844)
  await phone.goto('/')
  await phone.getByRole('heading', { level: 1 }).waitFor()
  await look(phone, 'portal-home')

  // Reporting, with words alone and what the page proposes.
  await phone.getByRole('link', { name: /^报告问题/ }).first().click()
  await phone.getByLabel('请描述问题').fill('巷口的下水井盖破损翘起，电动车经过时差点摔倒，已经三天了。')
  await phone.getByRole('button', { name: /井盖/ }).first().click()
  await phone.getByRole('combobox', { name: '地点' }).fill('大街')
  await phone.getByRole('option').first().click()
  await phone.getByText('位于').waitFor()
  await phone.getByLabel('手机号码').fill('13800001234')
  await phone.getByLabel(/怎么称呼您/).fill('张三')
  await look(phone, 'portal-report')
  // What was typed survives a reload.
  await phone.reload()
  await expect.poll(() => phone.getByLabel('请描述问题').inputValue()).toContain('井盖')
  await phone.getByRole('button', { name: '提交' }).click()
  const number = (await phone.locator('[data-journey="number"]').textContent())?.trim() ?? ''
  expect(number).toMatch(/^\d{18}$/)
  await look(phone, 'portal-receipt')
  await phone.getByRole('link', { name: '查看进展' }).click()
  await phone.getByRole('heading', { name: '待派单' }).waitFor()
  expect(phone.url(), 'the secret does not stay in the address').not.toContain('#')
  await look(phone, 'portal-followed')

  // Dispatched to the unit that the directory names.
  const dispatcher = await person()
  await signIn(dispatcher, login('dispatcher'), `/desk/cases/${number}`)
  await dispatcher.getByRole('button', { name: /^派单/ }).first().click()
  await dispatcher.getByText('派单目录建议').waitFor()
  await look(dispatcher, 'desk-dispatch')
  await dispatcher.locator('form').getByRole('button', { name: '派单' }).click()
  await dispatcher.getByText('已完成：派单').waitFor()
  const lead = (await dispatcher.locator('.units li').first().textContent())?.trim().split(/\s/)[0] ?? ''
  expect(lead).not.toBe('')
  noFaults()
})
