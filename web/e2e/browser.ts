// Debian's Chromium, driven without downloads; pages are checked and pictured wherever a journey stops to look.
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, inject } from 'vitest'

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // WebGL in software: maps are drawn on machines without a graphics card, too.
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
]
export const PICTURES = resolve(process.env['QUANYU_PICTURES'] ?? join(import.meta.dirname, '../../target/web-pictures'))
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

export const origin = inject('origin')

let browser: Browser
const contexts: BrowserContext[] = []
beforeAll(async () => {
  mkdirSync(PICTURES, { recursive: true })
  browser = await chromium.launch({ executablePath: process.env['QUANYU_CHROMIUM'] ?? '/usr/bin/chromium', args: ARGUMENTS })
})
afterAll(async () => {
  await Promise.all(contexts.map((context) => context.close()))
  await browser?.close()
})

/** A person with a browser of their own. */
export async function person(width = 1280, height = 900, at = origin): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width, height },
    locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai',
    baseURL: at,
    reducedMotion: 'reduce',
  })
  context.setDefaultTimeout(15_000)
  contexts.push(context)
  const page = await context.newPage()
  // A page that throws, or that the content security policy stops, has failed whatever it shows.
  page.on('pageerror', (fault) => faults.push(`${page.url()}: ${fault.message}`))
  page.on('console', (message) => {
    if (/Content Security Policy/i.test(message.text())) faults.push(`${page.url()}: ${message.text()}`)
  })
  return page
}
const faults: string[] = []
export function noFaults(): void {
  expect(faults).toEqual([])
}

/** The login of somebody of the district with a role, at a unit where one is named. */
export function login(role: string, unit?: string): string {
  const ofDistrict = inject('accounts').filter((one) => !one.login.startsWith('city'))
  const found = ofDistrict.find((one) => one.role === role && (!unit || one.unit === unit))
  if (!found) throw new Error(`nobody of the demonstration is a ${role} at ${unit}`)
  return found.login
}

/** Signs in at the desk, as a person does. */
export async function signIn(page: Page, name: string, path = '/desk'): Promise<void> {
  await page.goto(path)
  await page.getByLabel('登录名').fill(name)
  await page.getByLabel('口令').fill(inject('password'))
  await page.getByRole('button', { name: '登录' }).click()
  await page.getByRole('button', { name: '退出', exact: true }).waitFor()
}

interface Finding {
  id: string
  impact: string
  nodes: { html: string; failureSummary: string }[]
}

/**
 * Waits until what is drawn is there in the width that the page has now: charts come with a library of their own and follow
 * their box a moment after it has changed; maps say by themselves when they are ready.
 */
async function drawn(page: Page): Promise<void> {
  await page.waitForFunction(async () => {
    // What a width brings or takes away is there after the next frame.
    await new Promise((shown) => requestAnimationFrame(() => requestAnimationFrame(shown)))
    const charts = [...document.querySelectorAll<HTMLElement>('.chart > .box')].filter((box) => box.offsetParent)
    const maps = [...document.querySelectorAll<HTMLElement>('[data-ready]')].filter((box) => box.offsetParent)
    return (
      charts.every((box) => Math.abs((box.querySelector('svg')?.clientWidth ?? -9) - box.clientWidth) <= 1) &&
      maps.every((box) => box.dataset['ready'] === 'true')
    )
  })
}

/** Looks at a page: nothing serious for people who read it otherwise, in light and dark; pictures at three widths. */
export async function look(page: Page, name: string): Promise<void> {
  const before = page.viewportSize()
  for (const theme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
    await page.locator(`html[data-theme="${theme}"]`).waitFor({ state: 'attached' })
    await page.evaluate(AXE)
    const findings = await page.evaluate(async () => {
      const axe = (globalThis as unknown as { axe: { run: (options: object) => Promise<{ violations: Finding[] }> } }).axe
      return (await axe.run({ resultTypes: ['violations'] })).violations
    })
    const serious = findings.filter((one) => one.impact === 'serious' || one.impact === 'critical')
    const told = serious.map((one) => `${one.id}: ${one.nodes.map((node) => `${node.html} — ${node.failureSummary}`).join('\n')}`)
    expect(told, `${name}, ${theme}`).toEqual([])
    for (const width of [390, 1280, 1920]) {
      await page.setViewportSize({ width, height: width === 390 ? 844 : 900 })
      await drawn(page)
      await page.screenshot({ path: join(PICTURES, `${name}-${width}-${theme}.png`), fullPage: width === 390 })
    }
    if (before) await page.setViewportSize(before)
  }
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
}
