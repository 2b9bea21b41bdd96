// A complaint from a telephone to its reply and rating, through everybody whose job it is.
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { login, look, noFaults, person, signIn } from './browser'

/** The form that is open on a case. */
const form = (page: Page) => page.locator('.acts form')

async function done(page: Page, what: string) {
  await page.getByText(`已完成：${what}`).waitFor()
}

it('goes from a telephone to a reply and is rated', async () => {
  const phone = await person(390, 844)
  await phone.goto('/')
  await phone.getByRole('heading', { name: '最近公开的案件' }).waitFor()
  await look(phone, 'portal-home')

  // Reporting, with words alone and what the page proposes.
  await phone.getByRole('link', { name: /^报告问题/ }).first().click()
  await phone.getByLabel('请描述问题').fill('巷口的下水井盖破损翘起，电动车经过时差点摔倒，已经三天了。')
  await phone.getByRole('button', { name: /井盖/ }).first().click()
  await phone.getByRole('combobox', { name: '地点' }).fill('虎台')
  await phone.getByRole('listbox').getByRole('option').first().click()
  await phone.getByText('位于').waitFor()
  await phone.getByLabel('手机号码').fill('13800001234')
  await phone.getByLabel(/怎么称呼您/).fill('张三')
  await look(phone, 'portal-report')
  // What was typed survives a reload.
  await phone.reload()
  await expect.poll(() => phone.getByLabel('请描述问题').inputValue()).toContain('井盖')
  await phone.getByText('已恢复上次未提交的内容').waitFor()
  await phone.getByRole('button', { name: '提交' }).click()
  const number = (await phone.locator('[data-journey="number"]').textContent())?.trim() ?? ''
  const secret = (await phone.locator('[data-journey="secret"]').textContent())?.trim() ?? ''
  expect(number).toMatch(/^\d{6}-\d{6}-\d{6}$/)
  await look(phone, 'portal-receipt')
  expect(await phone.title()).toContain('已经收到')
  // Telephones put tabs away by themselves: number and secret are there again.
  await phone.reload()
  expect((await phone.locator('[data-journey="secret"]').textContent())?.trim()).toBe(secret)
  // What the device keeps is told with what it is about and how it stands.
  await phone.getByRole('button', { name: '记在这台设备上' }).click()
  await phone.getByRole('link', { name: '查看进展' }).click()
  await phone.getByRole('heading', { name: '待派单' }).waitFor()
  expect(phone.url(), 'the secret does not stay in the address').not.toContain('#')
  await look(phone, 'portal-followed')
  expect(await phone.title()).toContain(number)
  await phone.getByRole('link', { name: /^市民诉求服务/ }).click()
  const kept = phone.getByRole('listitem').filter({ hasText: number })
  await kept.getByText('待派单').waitFor()
  await look(phone, 'portal-home-kept')
  await kept.getByRole('link', { name: /下水井盖破损/ }).click()
  await phone.getByRole('heading', { name: '待派单' }).waitFor()

  // Dispatched to the unit that the directory names.
  const dispatcher = await person()
  await signIn(dispatcher, login('dispatcher'), `/desk/cases/${number}`)
  await dispatcher.locator('[data-act="dispatch"]').click()
  await dispatcher.getByText('派单目录建议').waitFor()
  await look(dispatcher, 'desk-dispatch')
  // The directory proposes, the dispatcher decides: another unit, found by its name.
  const lead = '城西区城市管理局'
  await form(dispatcher).getByRole('combobox', { name: '协办单位' }).press('Backspace')
  await form(dispatcher).getByRole('combobox', { name: '主办单位' }).fill(lead)
  await dispatcher.getByRole('option', { name: lead }).filter({ visible: true }).click()
  await form(dispatcher).getByRole('button', { name: '派单' }).click()
  await done(dispatcher, '派单')
  await expect.poll(() => dispatcher.locator('[data-journey="lead"]').textContent()).toBe(lead)

  // Taken up, spoken about and handed in by somebody of that unit.
  const handler = await person()
  await signIn(handler, login('handler', lead), `/desk/cases/${number}`)
  await handler.locator('[data-act="accept"]').click()
  await form(handler).getByRole('button', { name: '签收' }).click()
  await done(handler, '签收')
  await handler.locator('[data-act="contact"]').click()
  await form(handler).getByRole('button', { name: '联系诉求人' }).click()
  await handler.getByText('请填写').waitFor()
  await form(handler).getByLabel(/^说明/).fill('电话约定今天下午现场查看')
  await form(handler).getByRole('button', { name: '联系诉求人' }).click()
  await done(handler, '联系诉求人')
  await handler.locator('[data-act="hand_in"]').click()
  await form(handler).getByLabel('办结类型').selectOption({ label: '已解决' })
  await form(handler).getByLabel('给诉求人的答复').fill('井盖已更换，并检查了整条巷子。')
  await look(handler, 'desk-hand-in')
  // The session ends in the middle: after signing in again the words are still there.
  await handler.context().clearCookies()
  await form(handler).getByRole('button', { name: '办结上报' }).click()
  await handler.getByText('请登录后继续').waitFor()
  await signIn(handler, login('handler', lead), new URL(handler.url()).pathname + new URL(handler.url()).search)
  await handler.locator('[data-act="hand_in"]').click()
  await expect.poll(() => form(handler).getByLabel('给诉求人的答复').inputValue()).toContain('井盖已更换')
  await form(handler).getByRole('button', { name: '办结上报' }).click()
  await done(handler, '办结上报')

  // The reporter reads no reply before somebody else has found it right.
  await phone.reload()
  await phone.getByRole('heading', { name: '待核查' }).waitFor()
  await phone.getByText('还没有答复').waitFor()

  const verifier = await person()
  await signIn(verifier, login('verifier'), `/desk/cases/${number}`)
  await verifier.locator('[data-act="pass"]').click()
  await form(verifier).getByRole('button', { name: '核查通过' }).click()
  await done(verifier, '核查通过')

  await phone.reload()
  await expect.poll(() => phone.locator('[data-journey="reply"]').textContent()).toContain('井盖已更换')
  // What is not answered yet is marked, and no longer than that.
  await phone.getByRole('button', { name: '提交' }).click()
  await phone.getByText('三个问题都请回答').waitFor()
  await expect.poll(() => phone.getByText('请选择一项').count()).toBe(3)
  expect(await phone.evaluate(() => document.activeElement?.getAttribute('name'))).toBe('responded')
  await look(phone, 'portal-rating-unanswered')
  for (const question of ['有人联系过您吗？', '问题解决了吗？']) {
    await phone.getByRole('group', { name: question }).getByLabel('是').check()
  }
  await phone.getByRole('group', { name: '您满意吗？' }).getByLabel('满意', { exact: true }).check()
  await phone.getByText('三个问题都请回答').waitFor({ state: 'detached' })
  await look(phone, 'portal-reply')
  await phone.getByRole('button', { name: '提交' }).click()
  await phone.getByText('您的评价已经记下').waitFor()
  await phone.getByRole('heading', { name: '办结' }).waitFor()
  await phone.locator('[data-journey="rating"]').getByText('您的评价').waitFor()

  // Not solved after all: opened again, with a reason.
  await phone.getByLabel('没有解决的地方').fill('昨天又翘起来了')
  await phone.getByRole('button', { name: '要求重办' }).click()
  await phone.getByRole('heading', { name: '办理中' }).waitFor()
  // What was disputed can be read again, with what was said of it.
  const earlier = phone.locator('[data-journey="earlier"]')
  await earlier.getByText('井盖已更换').waitFor()
  await earlier.getByText('您的评价').waitFor()
  await look(phone, 'portal-reopened')
  // It is followed until another one is asked for, and then by what somebody kept.
  await phone.getByRole('button', { name: '查询另一件' }).click()
  await phone.reload()
  await phone.getByLabel(/^编号/).fill(number)
  await phone.getByLabel('查询码').fill(secret)
  await phone.getByRole('button', { name: '查询', exact: true }).click()
  await phone.getByRole('heading', { name: '办理中' }).waitFor()
  noFaults()
})
