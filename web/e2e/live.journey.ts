// What happens in one browser shows in another by itself; how long that takes is told.
import { expect, it } from 'vitest'
import { login, noFaults, person, signIn } from './browser'
import { file, matterOf } from './filing'

it('shows in one browser what happens in another', async () => {
  const matter = await matterOf('路灯不亮')
  // High enough for every open case: one that is sent has another limit, and may move out of a lower window.
  const other = await person(1280, 4000)
  await signIn(other, login('supervisor'), '/desk/lists/open')
  await other.getByText('实时更新').waitFor()
  await other.evaluate(() => {
    // The moment at which something is seen, by the clock of the machine.
    const seen: Record<string, number> = {}
    Object.assign(globalThis, { seen })
    new MutationObserver(() => {
      for (const row of document.querySelectorAll<HTMLElement>('[role="row"][data-number]')) {
        const key = `${row.dataset['number']} ${row.textContent?.includes('待签收') ? 'sent' : 'filed'}`
        seen[key] ??= Date.now()
      }
    }).observe(document.body, { subtree: true, childList: true, characterData: true })
  })
  const seen = (key: string) => other.evaluate((key) => (globalThis as unknown as { seen: Record<string, number> }).seen[key] ?? 0, key)
  const times: Record<string, number[]> = { filed: [], sent: [] }

  const dispatcher = await person()
  await signIn(dispatcher, login('dispatcher'))
  for (let turn = 0; turn < 3; turn += 1) {
    const { number } = await file(`第 ${turn + 1} 处路灯不亮。`, { matter })
    const filed = Date.now()
    await dispatcher.locator(`[role="row"][data-number="${number}"]`).click()
    await expect.poll(() => seen(`${number} filed`), { timeout: 5000 }).toBeGreaterThan(0)
    times['filed']?.push((await seen(`${number} filed`)) - filed)
    await dispatcher.locator('[data-act="dispatch"]').click()
    await dispatcher.getByText('派单目录建议').waitFor()
    const answered = dispatcher.waitForResponse((one) => one.url().endsWith('/steps') && one.ok())
    await dispatcher.locator('.acts form .button--primary').click()
    await answered
    const sent = Date.now()
    await expect.poll(() => seen(`${number} sent`), { timeout: 5000 }).toBeGreaterThan(0)
    times['sent']?.push((await seen(`${number} sent`)) - sent)
    await dispatcher.keyboard.press('Escape')
  }
  console.info(`seen in the other browser after (ms): filed ${times['filed']?.join(', ')}; dispatched ${times['sent']?.join(', ')}`)
  for (const time of Object.values(times).flat()) expect(time).toBeLessThan(5000)
  noFaults()
})
