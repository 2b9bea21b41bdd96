// The three administrators, each with what is theirs: accounts and units, rules in force, deliveries, the journal and its seals.
import { createHmac } from 'node:crypto'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { login, look, noFaults, person, signIn } from './browser'

const ROOT = resolve(import.meta.dirname, '../..')
let folder = ''
/** Each walks through many pages and looks at them in light and dark, at three widths. */
const TIME = 180_000
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'quanyu-sources-'))
  for (const part of ['packs', 'places']) cpSync(join(ROOT, part), join(folder, part), { recursive: true })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The code of an authenticator app now (RFC 6238). */
function code(secret: string): string {
  const bits = [...secret.replace(/[\s=]/g, '')].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)))
  const step = Buffer.alloc(8)
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)))
  const mac = createHmac('sha1', key).update(step).digest()
  const at = (mac.at(-1) ?? 0) & 15
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

it('shows rules as they are, previews others, and puts them into force', async () => {
  const admin = await person()
  await signIn(admin, login('system_admin'), '/desk/rules')
  await admin.getByRole('heading', { name: '诉求闭环' }).waitFor()
  expect(await admin.locator('svg .way').count()).toBeGreaterThan(5)
  await look(admin, 'admin-rules-workflow')
  for (const part of ['时限与升级', '申请与证据', '统计口径', '工作日历', '名词与参数']) {
    await admin.getByRole('link', { name: part }).click()
    await admin.locator('section h2').first().waitFor()
  }
  await admin.getByRole('link', { name: '时限与升级' }).click()
  await look(admin, 'admin-rules-limits')
  await admin.getByRole('link', { name: '统计口径' }).click()
  await admin.getByRole('heading', { name: '计数' }).waitFor()
  await look(admin, 'admin-rules-figures')

  // A mistake is shown where it stands, and nothing can be activated.
  await admin.getByRole('link', { name: '启用新的规则包…' }).click()
  const limits = join(folder, 'packs/core/limits.toml')
  const sound = readFileSync(limits, 'utf8')
  writeFileSync(limits, `${sound}\nnonsense = 1\n`)
  await admin.locator('#folder').setInputFiles(folder)
  await admin.getByText(/处错误，不能启用/).waitFor()
  await admin.getByText('nonsense = 1').first().waitFor()
  await look(admin, 'admin-activation-finding')

  // Sound again, with another title for one limit: the change is told in words.
  const title = /title = \{ zh = "([^"]+)"/.exec(sound)?.[1] ?? ''
  expect(title).not.toBe('')
  writeFileSync(limits, sound.replace(title, `${title}（试行）`))
  await admin.locator('#folder').setInputFiles(folder)
  await admin.getByText('检查通过，可以启用').waitFor()
  await admin.getByText(`${title}（试行）`).first().waitFor()
  await look(admin, 'admin-activation-sound')
  await admin.getByLabel('我已看过上面的变化，确认启用').check()
  await admin.getByRole('button', { name: '启用', exact: true }).click()
  await admin.getByText('第 2 次启用已生效。').waitFor()
  await admin.getByRole('link', { name: '查看现行规则' }).click()
  await admin.getByText('第 2 次启用').first().waitFor()
  noFaults()
}, TIME)

it('shows whose job a matter is, and lets a row be changed', async () => {
  const admin = await person()
  await signIn(admin, login('system_admin'), '/desk/directory')
  await admin.getByRole('table').waitFor()
  const row = admin.locator('tbody tr').first()
  // A code stands there for as long as its name is being read.
  await expect.poll(() => row.locator('td').nth(1).textContent()).not.toMatch(/[@_]|\d{12}/)
  await row.getByRole('button', { name: /^修改/ }).click()
  // Units are found by their names, and departments by what they do; no code is typed, and none is shown.
  await admin.getByRole('combobox', { name: '主办' }).fill('虎台')
  await admin.getByRole('option', { name: '虎台街道' }).click()
  await admin.getByRole('button', { name: '移除' }).first().waitFor()
  await look(admin, 'admin-directory')
  await admin.getByRole('button', { name: '保存' }).click()
  await row.getByText('虎台街道').waitFor()
  await row.getByRole('button', { name: /^修改/ }).click()
  await admin.getByRole('combobox', { name: '主办' }).fill('园林')
  await admin.getByRole('option', { name: /园林.*按职能/ }).click()
  await admin.getByRole('button', { name: '保存' }).click()
  await row.getByText(/园林/).waitFor()
  await expect.poll(() => row.textContent()).not.toMatch(/[@_]|\d{12}/)

  // What is missing is said beside its field, and nothing is sent.
  await admin.getByRole('button', { name: '新增一行' }).click()
  await admin.getByRole('button', { name: '保存' }).click()
  await admin.getByText('请选择事项').waitFor()
  noFaults()
}, TIME)

it('makes an account that another administrator lets do something', async () => {
  const system = await person()
  await signIn(system, login('system_admin'))
  await system.getByRole('heading', { name: '账号' }).waitFor()
  await system.getByRole('button', { name: '开设账号' }).first().click()
  await system.getByRole('button', { name: '开设账号' }).last().click()
  await expect.poll(() => system.getByText('请填写这一项').count()).toBe(2)
  await look(system, 'admin-accounts-lacks')
  await system.getByLabel('登录名', { exact: true }).fill('zhou.qi')
  await system.getByLabel('姓名', { exact: true }).fill('周七')
  await system.getByRole('button', { name: '开设账号' }).last().click()
  await system.getByText('zhou.qi 的初始口令').waitFor()
  const password = (await system.locator('.secret').textContent()) ?? ''
  await look(system, 'admin-accounts-made')
  await system.getByRole('button', { name: '已记下' }).click()
  await system.getByRole('searchbox').fill('周七')
  await system.getByRole('link', { name: '周七' }).click()
  expect(await system.getByRole('button', { name: /重置口令/ }).count()).toBe(0)

  const security = await person()
  await signIn(security, login('security_admin'), '/desk/accounts?q=zhou.qi')
  await security.getByRole('link', { name: '周七' }).click()
  await security.getByRole('button', { name: '再加一个岗位' }).click()
  await security.getByLabel('岗位', { exact: true }).selectOption({ label: '核查员' })
  await security.getByRole('combobox', { name: '单位' }).fill('虎台')
  await security.getByRole('option', { name: '虎台街道' }).click()
  await look(security, 'admin-account-grants')
  await security.getByRole('button', { name: '保存' }).click()
  await security.getByText('岗位已保存').waitFor()

  // The owner of the account changes the password at once, enrols a second factor, and works.
  const owner = await person()
  await owner.goto('/desk')
  await owner.getByLabel('登录名').fill('zhou.qi')
  await owner.getByLabel('口令').fill(password)
  await owner.getByRole('button', { name: '登录' }).click()
  await owner.getByText('请先修改口令').waitFor()
  await owner.getByLabel('现在的口令').fill(password)
  await owner.getByLabel('新口令').fill('Yak-Butter-2026')
  await owner.getByLabel('再输入一次').fill('Yak-Butter-2026')
  await owner.getByRole('button', { name: '修改' }).click()
  await owner.getByText('口令已修改').waitFor()
  await owner.getByRole('button', { name: '登录' }).click()
  await owner.getByLabel('登录名').fill('zhou.qi')
  await owner.getByLabel('口令').fill('Yak-Butter-2026')
  await owner.getByRole('button', { name: '登录' }).click()
  await owner.getByRole('link', { name: '待核查' }).waitFor()
  await owner.goto('/desk/second-factor')
  await owner.getByLabel('现在的口令').fill('Yak-Butter-2026')
  await owner.getByRole('button', { name: '开始' }).click()
  const secret = (await owner.locator('p .code').textContent()) ?? ''
  await owner.getByLabel('动态口令').fill(code(secret))
  await owner.getByRole('button', { name: '确认' }).click()
  await owner.getByText('已生效').waitFor()

  // Lost telephone: the security administrator takes the factor away, and with it every session.
  await security.reload()
  await security.getByRole('button', { name: /取消双因素/ }).click()
  await security.getByRole('button', { name: '确认' }).click()
  await security.getByText('无双因素').waitFor()
  noFaults()
}, TIME)

it('changes units, makes a key and sees why a delivery failed', async () => {
  const admin = await person()
  await signIn(admin, login('system_admin'), '/desk/units')
  await admin.getByRole('table').waitFor()
  await admin.getByRole('searchbox').fill('虎台街道')
  await admin.getByRole('link', { name: '虎台街道', exact: true }).click()
  await admin.getByRole('heading', { name: '虎台街道' }).waitFor()
  const codeOf = (await admin.locator('dd.code').first().textContent()) ?? ''
  await admin.getByRole('button', { name: '变动单位…' }).click()
  await admin.getByRole('radio', { name: '撤销' }).check()
  await admin.getByText('现有工作').waitFor()
  // Without a successor it says what is missing, instead of being off without a word.
  await admin.getByRole('button', { name: '确认变动' }).click()
  await admin.getByText('请选择接续单位').waitFor()
  await look(admin, 'admin-units-end')
  await admin.getByRole('radio', { name: '设立' }).check()
  await admin.getByLabel('代码', { exact: true }).fill(`${codeOf.slice(0, 12)}-night_market`)
  await admin.getByLabel('中文名称').fill('夜市管理办公室')
  await admin.getByRole('button', { name: '确认变动' }).click()
  await admin.getByText('已变动：夜市管理办公室').waitFor()
  await admin.getByRole('link', { name: '夜市管理办公室' }).waitFor()
  await admin.getByText('沿革').click()
  await admin.getByText('设立').first().waitFor()
  await look(admin, 'admin-units')

  await admin.getByRole('link', { name: '接口密钥' }).click()
  await admin.getByRole('button', { name: '生成密钥' }).first().click()
  await admin.getByLabel('使用方').fill('市民应用')
  await admin.getByRole('checkbox', { name: '城西区' }).check()
  await admin.getByRole('button', { name: '生成密钥' }).last().click()
  await admin.getByText('市民应用 的密钥').waitFor()
  await look(admin, 'admin-keys')

  await admin.getByRole('link', { name: '订阅与投递' }).click()
  await admin.getByRole('button', { name: '新建' }).first().click()
  await admin.getByLabel('地址').fill('https://hall.invalid/quanyu')
  await admin.getByRole('button', { name: '新建' }).last().click()
  await admin.getByText('签名密钥').first().waitFor()
  await admin.getByRole('button', { name: '已记下' }).click()
  // Something happens that the other system is to be told of.
  const operator = await person()
  await signIn(operator, login('operator'), '/desk/intake')
  await operator.getByLabel('姓名').fill('李四')
  await operator.getByLabel('渠道').selectOption({ label: '热线电话' })
  await operator.getByLabel('内容').fill('小区北门路灯坏了一个星期，晚上很黑。')
  await operator.getByRole('combobox', { name: '地点' }).fill('虎台')
  await operator.getByRole('listbox').getByRole('option').first().click()
  await operator.getByText('位于').waitFor()
  await operator.getByLabel('内容').press('Control+Enter')
  await operator.getByText('已登记 · 待派单').waitFor()
  await admin.getByRole('button', { name: /^投递/ }).click()
  await expect
    .poll(
      async () => {
        await admin.getByRole('button', { name: '重新读取' }).click()
        return admin.locator('.late').count()
      },
      { timeout: 40_000, interval: 1_000 },
    )
    .toBeGreaterThan(0)
  await look(admin, 'admin-webhooks')
  await admin.getByRole('link', { name: '运行状况' }).click()
  await admin.getByText('数据库大小').waitFor()
  await look(admin, 'admin-health')
  noFaults()
}, TIME)

it('finds what happened, and whether it is still what was sealed', async () => {
  const auditor = await person()
  await signIn(auditor, login('audit_admin'))
  await auditor.getByRole('heading', { name: '审计', exact: true }).waitFor()
  await auditor.getByLabel('对象').selectOption({ label: '账号' })
  await auditor.getByRole('button', { name: '查找' }).click()
  await auditor.getByText(/账号 · (开设|登录)/).first().waitFor()
  await auditor.locator('.entries .line').first().click()
  await auditor.locator('.entries').getByText(/封存完好|尚未封存/).waitFor()
  // What was recorded is told in words: roles and units by name, with the way to them.
  await auditor.getByLabel('事件').selectOption({ label: '授予岗位' })
  await auditor.getByRole('button', { name: '查找' }).click()
  await auditor.locator('.entries .line').first().click()
  const recorded = auditor.locator('.entries .recorded')
  await auditor.locator('.entries .line').first().getByText('周七').waitFor()
  await recorded.getByText('核查员').waitFor()
  await recorded.getByRole('link', { name: '虎台街道' }).waitFor()
  await look(auditor, 'admin-audit')
  // A number that is none is told beside its field.
  await auditor.getByLabel('编号').fill('12')
  await auditor.getByRole('button', { name: '查找' }).click()
  await auditor.getByText('编号是十八位数字').waitFor()
  await auditor.getByRole('button', { name: '清除条件' }).click()
  // From a case that is named to everything about it.
  await auditor.getByLabel('事件').selectOption({ label: '派单' })
  await auditor.getByRole('button', { name: '查找' }).click()
  await auditor.locator('.entries .line').first().click()
  await auditor.locator('.entries').getByRole('columnheader', { name: '到期' }).waitFor()
  await auditor.locator('.entries').getByText('原文（封存所据）').click()
  await auditor.locator('.entries pre').getByText('"fact":"dispatched"').waitFor()
  await look(auditor, 'admin-audit-case')
  await auditor.getByRole('button', { name: '逐块查验全部封存' }).click()
  await auditor.getByText(/块全部完好/).waitFor({ timeout: 40_000 })
  noFaults()
}, TIME)

it('opens nobody what is another administrator’s', async () => {
  const forbidden: [string, string[]][] = [
    ['system_admin', ['/desk/audit', '/desk/lists/open', '/desk/rates']],
    ['security_admin', ['/desk/audit', '/desk/health', '/desk/rules/activation', '/desk/keys', '/desk/webhooks']],
    ['audit_admin', ['/desk/health', '/desk/keys', '/desk/rules/activation']],
    ['handler', ['/desk/accounts', '/desk/audit', '/desk/health']],
  ]
  for (const [role, paths] of forbidden) {
    const page = await person()
    await signIn(page, login(role))
    for (const path of paths) {
      await page.goto(path)
      await page.getByRole('heading', { name: '您的岗位不能打开这个页面' }).waitFor()
      expect(new URL(page.url()).pathname, `${role} at ${path}`).toBe(path)
    }
    if (role === 'audit_admin') await look(page, 'admin-forbidden')
  }
  expect(inject('accounts').length).toBeGreaterThan(0)
  noFaults()
}, TIME)
