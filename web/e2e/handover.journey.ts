// Somebody falls ill: a colleague's open work is found, and handed over together. And a case that only some may see.
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { login, look, noFaults, origin, person, signIn } from './browser'
import { file, matterOf, takeStep } from './filing'

const unit = '城西区城市管理局'

/** Asks the interface as whoever is signed in on a page. */
const call = <T>(page: Page, method: string, path: string, body?: object) =>
  page.evaluate(
    async ([method, path, body]) => {
      const headers = { 'Content-Type': 'application/json' }
      const response = await fetch(`/api/v1/${path}`, { method, headers, body: body && JSON.stringify(body) })
      if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`)
      return response.status === 204 ? undefined : response.json()
    },
    [method, path, body] as const,
  ) as Promise<T>

/** Makes a colleague in a unit, as the administrators do. */
async function colleague(code: string): Promise<string> {
  const system = await person()
  await signIn(system, login('system_admin'), '/desk/account')
  const { id } = await call<{ id: string }>(system, 'POST', 'accounts', { login: 'stand-in', name: '替班的', password: 'first-words-of-nobody-19' })
  const security = await person()
  await signIn(security, login('security_admin'), '/desk/account')
  await call(security, 'PUT', `accounts/${id}/grants`, { grants: [{ role: 'handler', unit: code }] })
  return id
}

it('hands over the open work of somebody else, and says to whom', async () => {
  const matter = await matterOf('路灯不亮')
  const dispatcher = await person()
  await signIn(dispatcher, login('dispatcher'))
  const found = await call<{ items: { code: string }[] }>(dispatcher, 'GET', `units?kind=department&q=${encodeURIComponent(unit)}`)
  const code = found.items[0]?.code ?? ''
  await colleague(code)
  const handler = await person(1440)
  await signIn(handler, login('handler', unit), '/desk/lists/lead')
  const numbers: string[] = []
  for (let at = 0; at < 3; at += 1) {
    const { number } = await file(`第 ${at + 1} 盏路灯不亮。`, { matter })
    await takeStep(dispatcher, number, 'dispatch', { lead: code, assist: [] })
    await takeStep(handler, number, 'accept')
    numbers.push(number)
  }

  // One by itself, on its page.
  await handler.goto(`/desk/cases/${numbers[0]}`)
  await handler.locator('[data-journey="holder-lead"]').waitFor()
  await handler.getByRole('button', { name: '移交', exact: true }).click()
  const form = handler.locator('.acts form')
  await form.getByLabel('移交给').selectOption({ label: '替班的' })
  await form.getByRole('button', { name: '移交' }).click()
  await form.getByText('请写明理由').waitFor()
  await form.getByLabel('理由').fill('休假')
  await look(handler, 'desk-handover')
  await form.getByRole('button', { name: '移交' }).click()
  await handler.getByText('已移交').first().waitFor()
  await expect.poll(() => handler.locator('[data-journey="holder-lead"]').textContent()).toBe('替班的')

  // The rest together: what I work on, all of it.
  await handler.goto('/desk/lists/lead')
  await handler.getByRole('button', { name: '更多条件' }).click()
  const mine = handler.getByRole('combobox', { name: '经办人' })
  const me = await mine.locator('option').filter({ hasText: '我（' }).getAttribute('value')
  await mine.selectOption(me ?? '')
  await expect.poll(() => handler.url()).toContain(`holder=${me}`)
  const row = (number: string) => handler.locator(`[role="row"][data-number="${number}"]`)
  await row(numbers[1] ?? '').waitFor()
  await expect.poll(() => row(numbers[0] ?? '').count()).toBe(0)
  // As a sheet: what is shown, from the server itself.
  const address = await handler.getByRole('link', { name: '导出表格' }).getAttribute('href')
  const sheet = await handler.evaluate(async (address) => {
    const response = await fetch(address ?? '')
    const start = new Uint8Array(await response.arrayBuffer()).slice(0, 2)
    return { status: response.status, type: response.headers.get('content-type'), start: String.fromCharCode(...start) }
  }, address)
  expect(sheet).toMatchObject({ status: 200, start: 'PK' })
  await look(handler, 'desk-list-mine')
  await row(numbers[1] ?? '').getByRole('checkbox').click()
  await row(numbers[2] ?? '').getByRole('checkbox').click()
  await handler.getByRole('button', { name: /^批量办理/ }).click()
  await handler.locator('[data-bulk^="handover."]').click()
  const many = handler.locator('.panel form')
  await many.getByLabel('移交给').selectOption({ label: '替班的' })
  await many.getByLabel('理由').fill('休假')
  await many.getByRole('button', { name: '移交' }).click()
  await handler.getByText('没有选中案件').waitFor()
  for (const number of numbers) await expect.poll(() => row(number).count()).toBe(0)
  noFaults()
}, 120_000)

it('keeps a case to the people who are named', async () => {
  const { number } = await file('举报某单位违规，请保密。', { matter: await matterOf('路灯不亮') })
  const supervisor = await person()
  await signIn(supervisor, login('supervisor'), `/desk/cases/${number}`)
  const dispatcher = await person()
  await signIn(dispatcher, login('dispatcher'), `/desk/cases/${number}`)
  await dispatcher.getByRole('heading', { level: 1, name: /举报某单位/ }).waitFor()
  await dispatcher.getByRole('button', { name: '设为保密' }).click()
  const form = dispatcher.locator('.acts form')
  await form.getByLabel('添加人员…').selectOption({ index: 1 })
  await expect.poll(() => form.getByRole('listitem').count()).toBe(1)
  await form.getByLabel('理由').fill('举报人要求保密')
  await look(dispatcher, 'desk-confidence')
  await form.getByRole('button', { name: '设为保密' }).click()
  await dispatcher.getByText('已设为保密').first().waitFor()
  await dispatcher.getByText('保密', { exact: true }).waitFor()
  // Whoever was not named finds nothing any more, as if it had never been.
  await supervisor.goto(`${origin}/desk/cases/${number}`)
  await supervisor.getByRole('alert').waitFor()
  expect(await supervisor.getByText('举报某单位').count()).toBe(0)
  await dispatcher.getByRole('button', { name: '解除保密' }).click()
  await form.getByLabel('理由').fill('已核实')
  await form.getByRole('button', { name: '解除保密' }).click()
  await dispatcher.getByText('已解除保密').first().waitFor()
  noFaults()
})
