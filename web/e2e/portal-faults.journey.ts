// What goes wrong on a resident's telephone: a huge photo, a server that is gone, script in every field, no WebGL, no
// position, addresses of what is not there.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { look, noFaults, origin, person } from './browser'

const WORDS = '巷口的下水井盖破损翘起，电动车经过时差点摔倒，已经三天了。'

async function fill(phone: Page, text = WORDS) {
  await phone.goto('/report')
  await phone.getByLabel('请描述问题').fill(text)
  await phone.getByRole('combobox', { name: '地点' }).fill('虎台')
  await phone.getByRole('listbox').getByRole('option').first().click()
  await phone.getByText('位于').waitFor()
  await phone.getByLabel('手机号码').fill('13800001234')
}

it('begins every page with the way past its navigation, and goes on at the top of the next', async () => {
  const keys = await person(1280, 900)
  const focused = () => keys.evaluate(() => document.activeElement?.textContent?.trim() ?? '')
  for (const path of ['/', '/report', '/figures']) {
    await keys.goto(path)
    await keys.getByRole('heading', { level: 1 }).waitFor()
    await keys.keyboard.press('Tab')
    expect(await focused(), path).toBe('跳到正文')
  }
  await keys.getByRole('link', { name: '公开案件' }).first().press('Enter')
  await keys.getByRole('heading', { level: 1, name: '公开案件' }).waitFor()
  await expect.poll(() => keys.evaluate(() => document.activeElement?.id)).toBe('main')
  noFaults()
})

it('turns a photo of 40 MB away before anything is sent', async () => {
  const phone = await person(390, 844)
  const sent: string[] = []
  phone.on('request', (request) => {
    if (request.url().includes('/attachments')) sent.push(request.url())
  })
  await phone.goto('/report')
  const folder = mkdtempSync(join(tmpdir(), 'quanyu-photo-'))
  const photo = join(folder, '现场.jpg')
  writeFileSync(photo, Buffer.alloc(40 * 1024 * 1024, 7))
  await phone.locator('input[type="file"]').setInputFiles(photo, { timeout: 60_000 })
  await phone.getByRole('alert').filter({ hasText: '40 MB' }).waitFor()
  expect(sent).toEqual([])
  rmSync(folder, { recursive: true })
  await look(phone, 'portal-photo-too-large')
  noFaults()
})

it('keeps the words while the server is gone, and files once', async () => {
  const phone = await person(390, 844)
  await fill(phone)
  // The first attempt reaches the server and its answer is lost; the second does not reach it.
  const keys: (string | undefined)[] = []
  const numbers: string[] = []
  let attempt = 0
  await phone.route('**/api/v1/public/cases', async (route) => {
    if (route.request().method() !== 'POST') return route.continue()
    attempt += 1
    keys.push(route.request().headers()['idempotency-key'])
    if (attempt === 2) return route.abort('connectionrefused')
    const answer = await route.fetch()
    numbers.push(((await answer.json()) as { number: string }).number)
    return attempt === 1 ? route.abort('connectionreset') : route.fulfill({ response: answer })
  })
  for (const _ of [1, 2]) {
    await phone.getByRole('button', { name: '提交' }).click()
    await phone.getByRole('alert').waitFor()
    expect(await phone.getByLabel('请描述问题').inputValue()).toBe(WORDS)
  }
  await look(phone, 'portal-server-gone')
  await phone.reload()
  await expect.poll(() => phone.getByLabel('请描述问题').inputValue()).toBe(WORDS)
  await phone.getByRole('button', { name: '提交' }).click()
  const number = (await phone.locator('[data-journey="number"]').textContent())?.trim()
  expect(new Set(keys).size, 'one key for one report').toBe(1)
  expect(numbers).toEqual([number, number])
  noFaults()
})

it('shows script as text, wherever it was written', async () => {
  const phone = await person(390, 844)
  const script = '<img src=x onerror="document.title=1"><script>document.title=1</script>{{1+1}}'
  await fill(phone, script)
  await phone.getByRole('combobox', { name: '地点' }).fill(`虎台${script}`)
  await phone.getByLabel(/怎么称呼您/).fill('<b onclick=alert(1)>')
  await phone.getByRole('button', { name: '提交' }).click()
  await phone.getByRole('link', { name: '查看进展' }).click()
  await phone.getByText(script, { exact: true }).waitFor()
  await phone.getByText(`虎台${script}`).waitFor()
  expect(await phone.title()).not.toBe('1')
  // What is asked for in the address and in fields that find something.
  await phone.getByRole('button', { name: '查询另一件' }).click()
  await phone.goto('/')
  await phone.goto(`/follow#${script}`)
  await phone.getByLabel('编号（18 位数字）').fill(script.slice(0, 30))
  await phone.getByLabel('查询码').fill('"><script>x')
  await phone.getByRole('button', { name: '查询' }).click()
  await phone.getByText('编号是 18 位数字').waitFor()
  expect(await phone.title()).not.toBe('1')
  noFaults()
})

it('takes the position that a telephone gives, and does without one', async () => {
  const places = await (await fetch(`${origin}/api/v1/gazetteer?q=${encodeURIComponent('虎台')}&limit=1`)).json()
  const { lon, lat } = places.items[0].position
  const phone = await person(390, 844)
  await phone.context().grantPermissions(['geolocation'])
  await phone.context().setGeolocation({ longitude: lon, latitude: lat })
  await phone.goto('/report')
  await phone.getByRole('button', { name: '使用我的位置' }).click()
  await phone.getByText('位于').waitFor()
  await phone.getByText('虎台').first().waitFor()

  const refuses = await person(390, 844)
  await refuses.context().clearPermissions()
  await refuses.goto('/report')
  await refuses.getByRole('button', { name: '使用我的位置' }).click()
  await refuses.getByText('没有得到位置').waitFor()
  await look(refuses, 'portal-no-position')
  noFaults()
})

it('says of what is not there that it is not there', async () => {
  const phone = await person(390, 844)
  await phone.goto('/cases/990101-000000-000000')
  await phone.getByRole('alert').filter({ hasText: '没有这个公开案件' }).waitFor()
  await look(phone, 'portal-no-such-case')
  await phone.goto('/cases/nonsense')
  await phone.getByRole('heading', { name: '没有这个页面' }).waitFor()
  await phone.goto('/follow#990101-000000-000000.7KQ2-M0XR-9TBD')
  await phone.getByRole('alert').filter({ hasText: '编号与查询码不符' }).waitFor()
  await phone.goto('/nowhere')
  await phone.getByRole('heading', { name: '没有这个页面' }).waitFor()
  noFaults()
})

it('shows the list where there is no WebGL', async () => {
  const browser = await chromium.launch({
    executablePath: process.env['QUANYU_CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-3d-apis', '--disable-gpu'],
  })
  try {
    const context = await browser.newContext({ baseURL: origin, locale: 'zh-CN', viewport: { width: 390, height: 844 } })
    const old = await context.newPage()
    expect(await old.evaluate(() => document.createElement('canvas').getContext('webgl2'))).toBeNull()
    await old.goto('/cases?view=map')
    await old.getByText('此浏览器不能显示地图').waitFor()
    await old.goto('/report')
    await old.getByRole('button', { name: '在地图上选' }).click()
    await old.getByText('在“地点”里输入地名').waitFor()
    // The place is found by its name all the same.
    await old.getByRole('combobox', { name: '地点' }).fill('虎台')
    await old.getByRole('listbox').getByRole('option').first().click()
    await old.getByText('位于').waitFor()
  } finally {
    await browser.close()
  }
})
