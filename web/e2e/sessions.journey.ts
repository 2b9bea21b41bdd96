// Who is signed in, in every tab: drafts are nobody else's, no page shows one person and acts as another, and a server that
// is away is told.
import type { Page } from 'playwright-core'
import { expect, inject, it } from 'vitest'
import { login, look, noFaults, person, signIn } from './browser'
import { file } from './filing'

const TYPED = '请核对地址后派往社区'
async function enter(page: Page, name: string) {
  await page.getByLabel('登录名').fill(name)
  await page.getByLabel('口令').fill(inject('password'))
  await page.getByRole('button', { name: '登录' }).click()
}
const endSession = (page: Page) => page.evaluate(async () => void (await fetch('/api/v1/sessions/current', { method: 'DELETE' })))
const act = (page: Page) => page.locator('[data-act="dispatch"]')

it('keeps what one typed for them alone, over a session that ended and a reload', async () => {
  const { number } = await file('人行道地砖松动，雨天溅水，老人容易绊倒。')
  const page = await person()
  await signIn(page, login('dispatcher'), `/desk/cases/${number}`)
  await act(page).click()
  await page.getByText('派单目录建议').waitFor()
  // What the directory proposed was typed by nobody.
  await page.keyboard.press('Escape')
  expect(await act(page).textContent()).not.toContain('有草稿')
  await act(page).click()
  await page.locator('#step-note').fill(TYPED)

  // The session ends in the middle of it.
  await endSession(page)
  await page.locator('.acts form').getByRole('button', { name: '派单' }).click()
  await page.getByText('请登录后继续').waitFor()
  await enter(page, login('dispatcher'))
  await act(page).getByText('有草稿').waitFor()
  await look(page, 'desk-draft')
  await act(page).click()
  expect(await page.locator('#step-note').inputValue()).toBe(TYPED)

  // Somebody else at the same machine, after a reload.
  await endSession(page)
  await page.reload()
  const other = inject('accounts').filter((one) => one.role === 'dispatcher' && !one.login.startsWith('city'))[1]?.login ?? ''
  await enter(page, other)
  await act(page).click()
  await page.getByText('派单目录建议').waitFor()
  expect(await page.locator('#step-note').inputValue()).toBe('')
  expect(await page.evaluate(() => JSON.stringify({ ...sessionStorage }))).not.toContain(TYPED)
  noFaults()
})

it('ends a page when another tab signs in somebody else', async () => {
  const first = await person()
  await signIn(first, login('dispatcher'))
  await first.getByRole('heading', { name: '待派单', level: 1 }).waitFor()
  const second = await first.context().newPage()
  await second.goto('/desk/sign-in')
  await enter(second, login('verifier'))
  await second.getByRole('heading', { name: '待核查', level: 1 }).waitFor()
  await first.getByRole('heading', { name: '此浏览器已换人登录' }).waitFor()
  expect(await first.locator('.frame').count()).toBe(0)
  await look(first, 'desk-over')
  await first.getByRole('button', { name: '以现在登录的账号继续' }).click()
  await first.getByRole('heading', { name: '待核查', level: 1 }).waitFor()

  // Signing out leads every tab to the door.
  await second.getByRole('button', { name: '退出', exact: true }).click()
  await first.getByLabel('登录名').waitFor()
  noFaults()
})

it('says that a page was not loaded, and that nobody has signed out', async () => {
  const page = await person()
  await signIn(page, login('dispatcher'))
  await page.getByRole('heading', { name: '待派单', level: 1 }).waitFor()
  const gone = async () => page.route(/./, (route) => route.abort())
  await gone()
  await page.locator('nav').getByRole('link', { name: '受理登记' }).click()
  await page.getByRole('alert').getByText('页面没有打开').waitFor()
  await page.getByRole('heading', { name: '待派单', level: 1 }).waitFor()
  await look(page, 'desk-not-loaded')
  await page.getByRole('alert').getByRole('button', { name: '重试' }).click()
  await page.getByRole('alert').getByText('页面没有打开').waitFor()
  await page.unroute(/./)
  await page.getByRole('alert').getByRole('button', { name: '重试' }).click()
  await page.locator('#text').waitFor()

  await gone()
  await page.getByRole('button', { name: '退出', exact: true }).click()
  await page.getByRole('alert').getByText('还没有退出').waitFor()
  await look(page, 'desk-not-left')
  await page.unroute(/./)
  await page.getByRole('alert').getByRole('button', { name: '重试' }).click()
  await page.getByLabel('登录名').waitFor()
  noFaults()
})

it('offers a grid worker what they can read, and their account on a telephone', async () => {
  const page = await person(390, 844)
  await signIn(page, login('grid_worker'))
  await page.getByRole('button', { name: '菜单' }).click()
  const menu = page.getByRole('navigation')
  expect(await menu.getByRole('link', { name: '回访抽样' }).count()).toBe(0)
  await look(page, 'desk-menu')
  await menu.getByRole('link', { name: '我的账号' }).focus()
  await page.keyboard.press('Escape')
  await menu.waitFor({ state: 'hidden' })
  expect(await page.evaluate(() => document.activeElement?.textContent)).toContain('菜单')
  await page.keyboard.press('Enter')
  await menu.getByRole('link', { name: '我的账号' }).click()
  await page.getByRole('heading', { name: '会话' }).waitFor()

  // What is about a whole district, by its address: said in words, asked of nobody.
  const refused: string[] = []
  page.on('response', (response) => response.status() >= 400 && refused.push(response.url()))
  await page.goto('/desk/samples')
  await page.getByRole('heading', { name: '您的岗位不能打开这个页面' }).waitFor()
  const clerk = await person()
  clerk.on('response', (response) => response.status() === 422 && refused.push(response.url()))
  await signIn(clerk, login('handler'), '/desk/day')
  await clerk.getByRole('heading', { name: '您的岗位不能打开这个页面' }).waitFor()
  await clerk.goto('/desk/brief')
  await clerk.getByRole('heading', { name: '您的岗位不能打开这个页面' }).waitFor()
  await look(clerk, 'desk-forbidden')
  expect(refused).toEqual([])
  noFaults()
})
