// "Me too": somebody who is about to report sees what is published nearby, adds themselves to it and hears of it.
import { expect, inject, it } from 'vitest'
import { login, look, noFaults, person, signIn } from './browser'
import { file, matterOf } from './filing'

/** Files and publishes a case at a place, as a resident and a clerk do, over the API. */
async function published(title: string, position: { lon: number; lat: number }): Promise<string> {
  const resident = await person()
  const { number } = await file(`${title}，晚上看不清路`, { position, place: '巷口', matter: await matterOf('路灯不亮') })
  const session = await resident.request.post('/api/v1/sessions', {
    data: { login: login('dispatcher'), password: inject('password') },
  })
  const { token } = await session.json()
  const shown = await resident.request.put(`/api/v1/cases/${number}/publication`, {
    headers: { authorization: `Bearer ${token}` },
    data: { title, text: `${title}，晚上看不清路`, place: '巷口' },
  })
  expect(shown.status(), await shown.text()).toBe(200)
  return number
}

it('shows what is published nearby before somebody reports it again, and adds them to it', async () => {
  const places = await (await (await person()).request.get('/api/v1/gazetteer?q=虎台&limit=1')).json()
  const { lon, lat } = places.items[0].position
  const number = await published('巷口路灯三盏不亮', { lon, lat })

  const phone = await person(390, 844)
  await phone.goto('/report')
  await phone.getByLabel('请描述问题').fill('这条巷子的路灯坏了好几盏，晚上走路不安全。')
  await phone.getByRole('combobox', { name: '地点' }).fill('虎台')
  await phone.getByRole('listbox').getByRole('option').first().click()
  const near = phone.locator('[data-journey="nearby"]').filter({ hasText: '巷口路灯三盏不亮' })
  await near.getByText('约 1 公里内').waitFor()
  await near.getByText('附议 0 人').waitFor()
  await look(phone, 'portal-report-nearby')
  await near.getByRole('button', { name: '我也遇到' }).click()
  await near.getByLabel(/手机号码/).fill('12')
  await near.getByRole('button', { name: '附议' }).click()
  await near.getByText('请填写能接通的电话号码，或留空').waitFor()
  await near.getByLabel(/手机号码/).fill('13900001234')
  await near.getByRole('button', { name: '附议' }).click()
  await near.getByText('已记下您的附议').waitFor()
  await look(phone, 'portal-report-metoo')
  // What was being reported is still there, for it may be another thing after all.
  expect(await phone.getByLabel('请描述问题').inputValue()).toContain('路灯坏了')
  await near.getByRole('link', { name: '查看进展' }).click()
  await phone.getByText('您附议了一件公开案件').waitFor()
  await look(phone, 'portal-followed-metoo')
  expect(await phone.getByRole('button', { name: '要求重办' }).count()).toBe(0)

  // On the page of the case: counted, the same number not twice, without a number as well.
  await phone.getByRole('link', { name: '查看公开页面' }).click()
  // This tab still has what it was told about it, until it is kept.
  await phone.getByRole('button', { name: '我已保存' }).click()
  await phone.getByText('附议 1 人').waitFor()
  await phone.getByRole('button', { name: '我也遇到' }).click()
  await phone.getByLabel(/手机号码/).fill('139 0000 1234')
  await phone.getByRole('button', { name: '附议' }).click()
  await phone.getByRole('alert').filter({ hasText: '已附议过' }).waitFor()
  await phone.getByLabel(/手机号码/).fill('')
  await phone.getByRole('button', { name: '附议' }).click()
  await phone.getByText('已记下您的附议').waitFor()
  await look(phone, 'portal-case-metoo')
  const secret = await phone.locator('[data-journey="support-secret"]').textContent()
  await phone.reload()
  await expect.poll(() => phone.locator('[data-journey="support-secret"]').textContent()).toBe(secret)
  await phone.getByRole('button', { name: '我已保存' }).click()
  await phone.getByRole('button', { name: '我也遇到' }).waitFor()

  const clerk = await person()
  await signIn(clerk, login('dispatcher'), `/desk/cases/${number}`)
  await clerk.getByRole('heading', { name: '附议 2 人' }).waitFor()
  await clerk.getByRole('button', { name: '查看附议人' }).click()
  await clerk.getByText('139****1234').waitFor()
  await clerk.locator('#supporters-purpose').fill('告知办理结果')
  await clerk.locator('.people').getByRole('button').click()
  await clerk.getByRole('link', { name: '13900001234' }).waitFor()
  await look(clerk, 'desk-supporters')
  noFaults()
})
