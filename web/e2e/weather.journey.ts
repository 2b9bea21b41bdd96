// Bad weather: the server is gone in the middle of a form, a photo is far too large, a link leads to what one may not see.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { login, noFaults, person, signIn } from './browser'

/** A picture of one pixel. */
const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
)

it('keeps a report while the server is away, and sends it once', async () => {
  const phone = await person(390, 844)
  await phone.goto('/report')
  await phone.getByLabel('请描述问题').fill('楼下餐馆油烟很大，晚上不敢开窗。')
  await phone.getByRole('combobox', { name: '地点' }).fill('某某路口')
  await phone.getByLabel('所在区县或街道').selectOption({ label: '虎台街道' })
  await phone.getByLabel('手机号码').fill('13800009999')

  // Forty megabytes that are no picture: told at once, and nothing else is lost.
  const photos = phone.getByLabel('拍照或选择照片')
  const folder = mkdtempSync(join(tmpdir(), 'quanyu-photo-'))
  writeFileSync(join(folder, 'large.jpg'), Buffer.alloc(40 * 1024 * 1024, 7))
  await photos.setInputFiles(join(folder, 'large.jpg'))
  await phone.getByRole('alert').filter({ hasText: 'large.jpg' }).waitFor()
  rmSync(folder, { recursive: true })
  await photos.setInputFiles({ name: '现场.png', mimeType: 'image/png', buffer: PIXEL })
  await phone.getByText('✓ 现场.png').waitFor()

  await phone.context().setOffline(true)
  await phone.getByRole('button', { name: '提交' }).click()
  await phone.getByText('连接不上服务器').waitFor()
  await phone.context().setOffline(false)
  const sent: string[] = []
  phone.on('request', (request) => {
    if (request.method() === 'POST' && request.url().endsWith('/public/cases')) {
      sent.push(request.headers()['idempotency-key'] ?? '')
    }
  })
  // The answer is lost on the way: the report got in, and sending it again files no second one.
  await phone.route('**/api/v1/public/cases', async (route) => {
    await route.fetch()
    await route.abort('connectionreset')
  }, { times: 1 })
  await phone.getByRole('button', { name: '提交' }).click()
  await phone.getByText('连接不上服务器').waitFor()
  await phone.getByRole('button', { name: '提交' }).click()
  await phone.locator('[data-journey="number"]').waitFor()
  expect(sent).toHaveLength(2)
  expect(sent[0]).toBe(sent[1])
  noFaults()
})

it('leads to the door and back, and shows nobody what is not theirs', async () => {
  const handler = await person()
  // A link that somebody sent: first the door, then the page itself.
  await signIn(handler, login('handler'), '/desk/lists/closed')
  await handler.getByRole('heading', { name: '已办结', level: 1 }).waitFor()
  const admin = await person()
  await signIn(admin, login('system_admin'))
  await admin.getByRole('heading', { name: '账号', level: 1 }).waitFor()
  expect(await admin.getByRole('link', { name: '全部在办' }).count()).toBe(0)
  await admin.goto('/desk/lists/open')
  await admin.getByRole('heading', { name: '您的岗位不能打开这个页面' }).waitFor()
  await handler.goto('/desk/no/such/page')
  await handler.getByRole('heading', { name: '没有这个页面' }).waitFor()
  noFaults()
})
