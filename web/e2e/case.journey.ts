// The page of a case: changed by somebody else while a form is open, its photos, its place, and what comes out of a printer.
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { join } from 'node:path'
import { login, look, noFaults, person, PICTURES, signIn } from './browser'
import { evidence, file, matterOf, takeStep } from './filing'

const form = (page: Page) => page.locator('.acts form')
const lead = '城西区城市管理局'

it('says what somebody else did while a form was open, and keeps every word', async () => {
  const { number } = await file('路灯不亮，楼下一片漆黑。', { matter: await matterOf('路灯不亮') })
  const slow = await person()
  await signIn(slow, login('dispatcher'), `/desk/cases/${number}`)
  const quick = await person()
  await signIn(quick, login('dispatcher'), `/desk/cases/${number}`)

  // Turned down here while it is sent out there: the words stay, and it cannot be sent any more.
  await slow.locator('[data-act="reject"]').click()
  await form(slow).getByLabel(/^说明/).fill('属于物业管理范围，已告知。')
  await takeStep(quick, number, 'dispatch', { lead: await codeOf(quick, lead) })
  await slow.getByText('您填写时，有人更新了这件案件').waitFor()
  await slow.getByText('案件现在不允许这项操作了').waitFor()
  expect(await form(slow).getByLabel(/^说明/).inputValue()).toContain('属于物业')
  await expect.poll(() => form(slow).getByRole('button', { name: '不予受理' }).isDisabled()).toBe(true)
  await look(slow, 'desk-case-changed')

  // Two speak to whoever reported: what the other one wrote is read, and then gone on with.
  const colleague = await person()
  await signIn(colleague, login('handler', lead), `/desk/cases/${number}`)
  await takeStep(colleague, number, 'accept')
  const handler = await person()
  await signIn(handler, login('handler', lead), `/desk/cases/${number}`)
  await handler.locator('[data-act="contact"]').click()
  await form(handler).getByLabel(/^说明/).fill('电话约定明早查看')
  await takeStep(colleague, number, 'contact', { note: '已去电，无人接听' })
  await handler.getByText('已去电，无人接听').first().waitFor()
  await handler.getByText('您填写时，有人更新了这件案件').waitFor()
  let sent = 0
  handler.on('request', (request) => {
    if (request.url().endsWith('/steps')) sent += 1
  })
  await form(handler).getByRole('button', { name: '联系诉求人' }).click()
  expect(sent, 'nothing is sent before it was read').toBe(0)
  await form(handler).getByRole('button', { name: '看过了，继续' }).click()
  await form(handler).getByRole('button', { name: '联系诉求人' }).click()
  await handler.getByText('已完成：联系诉求人').waitFor()
  expect(sent).toBe(1)
  noFaults()
})

const codeOf = (page: Page, name: string) =>
  page.evaluate(async (q) => {
    const found = (await (await fetch(`/api/v1/units?kind=department&q=${encodeURIComponent(q)}`)).json()) as { items: { code: string }[] }
    return found.items[0]?.code
  }, name)

it('shows photos one at a time, the place on a map, and prints on two pages at most', async () => {
  const matter = await matterOf('井盖破损')
  await file('同一条巷子里另一个井盖也松了。', { matter })
  const text = `巷口井盖破损，电动车经过时差点摔倒。${'已经三天没有人来处理，请尽快安排更换并检查整条巷子。'.repeat(6)}`
  const { number } = await file(text, { matter, place: '虎台一巷巷口', evidence: await evidence(['远景.png', '近景.png', '井盖.png']) })
  const page = await person()
  await signIn(page, login('dispatcher'), `/desk/cases/${number}`)
  await takeStep(page, number, 'dispatch', { lead: await codeOf(page, lead), note: '请三日内更换' })
  await page.reload()
  await page.getByRole('heading', { name: '经过', exact: true }).waitFor()

  // By keyboard: open, on, round, back to where one was.
  const photos = page.locator('.photos button')
  expect(await photos.count()).toBe(3)
  await photos.nth(1).focus()
  await page.keyboard.press('Enter')
  const gallery = page.getByRole('dialog', { name: '照片' })
  await gallery.getByText('2 / 3').waitFor()
  await look(page, 'desk-gallery')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('ArrowRight')
  await gallery.getByText('1 / 3').waitFor()
  await page.keyboard.press('Escape')
  await gallery.waitFor({ state: 'hidden' })
  expect(await photos.nth(1).evaluate((one) => one === document.activeElement)).toBe(true)

  await page.getByRole('button', { name: '显示地图' }).click()
  await page.locator('.map[data-ready="true"]').waitFor()
  await page.getByText(/圆环处：虎台一巷巷口/).waitFor()
  await look(page, 'desk-case-map')

  await page.emulateMedia({ media: 'print', colorScheme: 'dark' })
  expect(await page.getByRole('navigation').isVisible()).toBe(false)
  expect(await page.getByRole('button', { name: '打印' }).isVisible()).toBe(false)
  await page.getByRole('img', { name: number }).waitFor()
  await page.setViewportSize({ width: 680, height: 1000 })
  await page.screenshot({ path: join(PICTURES, 'desk-case-print.png'), fullPage: true })
  const ink = await page.locator('h1').evaluate((one) => getComputedStyle(one).color)
  expect(ink, 'black on white, though the screen is dark').toBe('rgb(0, 0, 0)')
  const pdf = await page.pdf({ preferCSSPageSize: true, path: join(PICTURES, 'desk-case-print.pdf') })
  const pages = pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length ?? 0
  expect(pages).toBeGreaterThan(0)
  expect(pages).toBeLessThanOrEqual(2)
  noFaults()
})

it('shows script as text wherever it was typed, and nobody a case that is not theirs', async () => {
  const script = '<img src=x onerror="document.title=\'broken\'"><script>document.title="broken"</script>'
  const { number } = await file(`${script} 路灯不亮`, { title: `${script} 标题`, place: `${script} 路口`, reporter: { name: script.slice(0, 60), phone: '13900005678' } })
  const page = await person()
  await signIn(page, login('dispatcher'), `/desk/lists/dispatch?q=${encodeURIComponent(script)}`)
  await expect.poll(() => page.getByRole('searchbox').inputValue()).toBe(script)
  await page.getByRole('searchbox').fill('')
  await page.getByRole('searchbox').press('Enter')
  const row = page.locator(`[role="row"][data-number="${number}"]`)
  await row.getByText('<script>').first().waitFor()
  await row.click()
  await page.getByRole('heading', { level: 1, name: /<script>/ }).waitFor()
  await page.locator('[data-act="dispatch"]').click()
  await form(page).getByLabel(/^说明/).fill(script)
  await form(page).getByRole('combobox', { name: '主办单位' }).fill(script)
  await form(page).getByRole('combobox', { name: '主办单位' }).fill(lead)
  await page.getByRole('option', { name: lead }).filter({ visible: true }).click()
  await form(page).getByRole('button', { name: '派单' }).click()
  await page.getByText('已完成：派单').waitFor()
  await page.getByText(script).filter({ visible: true }).first().waitFor()
  // A filter that somebody gave such a name.
  await page.goto('/desk/lists/open?demand=x')
  await page.getByRole('button', { name: '保存条件' }).click()
  await page.getByLabel('名称').fill('<b onclick=x>甲</b>')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: '<b onclick=x>甲</b>', exact: true }).waitFor()
  expect(await page.title()).not.toBe('broken')
  expect(await page.locator('img[src="x"]').count()).toBe(0)

  const stranger = await person()
  await signIn(stranger, login('handler', '城西区园林绿化服务中心'), `/desk/cases/${number}`)
  await stranger.getByRole('alert').waitFor()
  expect(await stranger.getByText('路灯不亮').count()).toBe(0)
  await look(stranger, 'desk-forbidden')
  noFaults()
})
