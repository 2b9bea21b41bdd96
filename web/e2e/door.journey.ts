// Through the door: a password that must be changed, a second factor that a role needs, and signing in with both.
import { createHmac } from 'node:crypto'
import { expect, it } from 'vitest'
import { login, look, noFaults, person, signIn } from './browser'

/** The six digits of an authenticator app at a time (RFC 6238, SHA-1, half a minute). */
function code(secret: string, at: number): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const bits = [...secret.replace(/[^A-Z2-7]/g, '')].map((one) => letters.indexOf(one).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)))
  const sum = createHmac('sha1', key).update(counter).digest()
  const from = (sum.at(-1) ?? 0) & 15
  return String((sum.readUInt32BE(from) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

it('changes a password that is due, enrols a second factor, and signs in with both', async () => {
  // Somebody new, as two administrators make them: one the account, the other its role.
  const system = await person()
  await signIn(system, login('system_admin'), '/desk/account')
  const first = 'first-words-of-nobody-19'
  const made = await system.evaluate(async (password) => {
    const body = JSON.stringify({ login: 'newcomer', name: '新来的', password })
    const response = await fetch('/api/v1/accounts', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body })
    return { status: response.status, body: (await response.json()) as { id?: string; detail?: string } }
  }, first)
  expect(made.status, made.body.detail).toBe(201)

  const page = await person()
  await page.goto('/desk')
  await page.getByLabel('登录名').fill('newcomer')
  await page.getByLabel('口令').fill(first)
  await page.getByRole('button', { name: '登录' }).click()
  await page.getByText('首次登录或口令到期，请先修改口令').waitFor()
  await look(page, 'desk-password-due')
  // Nothing else before that.
  await page.goto('/desk/lists/open')
  await page.getByText('首次登录或口令到期，请先修改口令').waitFor()
  const chosen = 'other-words-of-nobody-20'
  await page.getByLabel('现在的口令').fill(first)
  await page.getByLabel('新口令', { exact: true }).fill(chosen)
  await page.getByLabel('再输入一次').fill('something else')
  await page.getByText('两次输入不一致').waitFor()
  expect(await page.getByRole('button', { name: '修改' }).isDisabled()).toBe(true)
  await page.getByLabel('再输入一次').fill(chosen)
  await page.getByRole('button', { name: '修改' }).click()
  await page.getByText('口令已修改').waitFor()

  await page.goto('/desk/sign-in')
  await page.getByLabel('登录名').fill('newcomer')
  await page.getByLabel('口令').fill(chosen)
  await page.getByRole('button', { name: '登录' }).click()
  await page.getByRole('button', { name: '退出', exact: true }).waitFor()
  await page.goto('/desk/second-factor')
  await page.getByLabel('现在的口令').fill(chosen)
  await page.getByRole('button', { name: '开始' }).click()
  const secret = (await page.getByText('不能扫描时输入').locator('.code').textContent())?.trim() ?? ''
  expect(secret.length).toBeGreaterThan(15)
  await look(page, 'desk-second-factor')
  await page.getByLabel('动态口令').fill('000000')
  await page.getByRole('button', { name: '确认' }).click()
  await page.getByRole('alert').waitFor()
  await page.getByLabel('动态口令').fill(code(secret, Date.now()))
  await page.getByRole('button', { name: '确认' }).click()
  await page.getByText('请把这些备用码写在纸上保管').waitFor()

  // From now on the password alone opens nothing. A code works once: the next one is the next half minute's.
  const other = await person()
  await other.goto('/desk')
  await other.getByLabel('登录名').fill('newcomer')
  await other.getByLabel('口令').fill(chosen)
  await other.getByRole('button', { name: '登录' }).click()
  await other.getByLabel('动态口令').waitFor()
  await other.getByLabel('动态口令').fill(code(secret, Date.now() + 30_000))
  await other.getByRole('button', { name: '登录' }).click()
  await other.getByRole('button', { name: '退出', exact: true }).waitFor()
  noFaults()
})
