// Ways back: a unit that is not in charge returns a case, and a closing that was none is opened again.
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { login, look, noFaults, person, signIn } from './browser'
import { file, matterOf, takeStep } from './filing'

const form = (page: Page) => page.locator('.acts form')
const first = '城西区城市管理局'
const second = '城西区住房和城乡建设局'

async function choose(page: Page, label: string, unit: string) {
  await form(page).getByRole('combobox', { name: label }).fill(unit)
  await page.getByRole('option', { name: unit, exact: true }).filter({ visible: true }).click()
}

it('returns a case to the dispatcher, who sends it to another unit', async () => {
  const { number } = await file('楼道灯不亮，物业说不归他们管。', { matter: await matterOf('路灯不亮') })
  const dispatcher = await person()
  await signIn(dispatcher, login('dispatcher'), `/desk/cases/${number}`)
  await dispatcher.locator('[data-act="dispatch"]').click()
  await choose(dispatcher, '主办单位', first)
  await form(dispatcher).getByRole('button', { name: '派单' }).click()
  await dispatcher.getByText('已完成：派单').waitFor()

  const handler = await person()
  await signIn(handler, login('handler', first), `/desk/cases/${number}`)
  await handler.getByRole('button', { name: '申请退单' }).click()
  await form(handler).getByRole('button', { name: '提交' }).click()
  await handler.getByText('请写明理由').waitFor()
  await form(handler).getByLabel('理由').fill('楼道照明属住建部门监管，非本单位职责。')
  await form(handler).getByRole('button', { name: '提交' }).click()
  await handler.getByText('已申请：退单').waitFor()

  // It waits among what is to be decided; granting needs a reason too.
  await dispatcher.goto(`/desk/lists/decide/${number}`)
  await dispatcher.getByRole('heading', { name: /请审批：退单/ }).waitFor()
  await dispatcher.getByRole('button', { name: '同意', exact: true }).click()
  await dispatcher.getByText('请写明理由').waitFor()
  await look(dispatcher, 'desk-decide')
  await dispatcher.getByLabel('审批意见').fill('同意，改派住建局。')
  await dispatcher.getByRole('button', { name: '同意', exact: true }).click()
  await dispatcher.getByText('已同意').first().waitFor()

  await dispatcher.goto(`/desk/lists/dispatch/${number}`)
  await dispatcher.locator('[data-act="dispatch"]').first().click()
  // The directory proposes the first unit once more, to assist at least: it is left out altogether.
  for (let turn = 0; turn < 3; turn += 1) await form(dispatcher).getByRole('combobox', { name: '协办单位' }).press('Backspace')
  await choose(dispatcher, '主办单位', second)
  await form(dispatcher).locator('.button--primary').click()
  await expect.poll(() => dispatcher.locator('[data-journey="lead"]').allTextContents()).toContain(second)
  // Who returned it works on it no longer, and reads that it is so.
  await handler.reload()
  await handler.locator('.acts').or(handler.getByRole('alert')).first().waitFor()
  expect(await handler.locator('[data-act="accept"]').count()).toBe(0)
  noFaults()
})

it('opens a closing again that was none: at verification, and after the call', async () => {
  const { number } = await file('楼下井盖破损，答复说已换，其实没有。', { matter: await matterOf('井盖破损') })
  const page = async (role: string, unit?: string) => {
    const found = await person()
    await signIn(found, login(role, unit), `/desk/cases/${number}`)
    return found
  }
  const dispatcher = await page('dispatcher')
  const units = await dispatcher.evaluate(async (q) => {
    const found = (await (await fetch(`/api/v1/units?kind=department&q=${encodeURIComponent(q)}`)).json()) as { items: { code: string }[] }
    return found.items[0]?.code
  }, first)
  await takeStep(dispatcher, number, 'dispatch', { lead: units })
  const handler = await page('handler', first)
  await takeStep(handler, number, 'accept')
  await takeStep(handler, number, 'contact', { note: '已电话联系' })
  const handIn = async (reply: string) => {
    await handler.locator('[data-act="hand_in"]').click()
    await form(handler).getByLabel('办结类型').selectOption({ label: '已解决' })
    await form(handler).getByLabel('给诉求人的答复').fill(reply)
    await form(handler).getByRole('button', { name: '办结上报' }).click()
    await handler.getByText('已完成：办结上报').waitFor()
  }
  await handler.reload()
  await handIn('井盖已更换。')

  // Whoever verifies was there and finds it unchanged.
  const verifier = await page('verifier')
  await verifier.locator('[data-act="rework"]').click()
  await form(verifier).getByLabel(/^说明/).fill('现场查看，井盖仍破损，退回重办。')
  await form(verifier).locator('.button--primary').click()
  await verifier.getByText('现场查看，井盖仍破损').first().waitFor()
  await handler.getByText('现场查看，井盖仍破损').first().waitFor()
  await handIn('这次确实换了新井盖，附照片。')
  await takeStep(verifier, number, 'pass')

  // The reporter says on the telephone that nothing was solved.
  const clerk = await page('call_back_clerk')
  await clerk.locator('[data-act="call_back"]').waitFor()
  await clerk.locator('[data-act="rework"]').click()
  await form(clerk).locator('.button--primary').click()
  await clerk.getByText('请填写').waitFor()
  await form(clerk).getByLabel(/^说明/).fill('诉求人说井盖还是坏的，请重办。')
  await look(clerk, 'desk-call-back')
  await form(clerk).locator('.button--primary').click()
  await clerk.getByText('诉求人说井盖还是坏的').first().waitFor()
  // The unit sees it come back by itself, with what is to be done.
  await handler.getByText('诉求人说井盖还是坏的').first().waitFor()
  await handler.locator('[data-act="hand_in"]').waitFor()
  noFaults()
})
