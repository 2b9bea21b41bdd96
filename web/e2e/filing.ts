// Cases as residents file them, without the pages.
import { crc32, deflateSync } from 'node:zlib'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { origin } from './browser'

interface Model {
  case_types: { name: string; workflow: string }[]
  workflows: { name: string; steps: { by: string[] }[] }[]
  channels: { name: string; public: boolean }[]
}
const read = async <T>(path: string): Promise<T> => (await (await fetch(`${origin}/api/v1/${path}`)).json()) as T

/** What a case is filed with, and how it is followed. */
export interface Filed {
  number: string
  secret: string
}

/** Files a case; `some` replaces what it would be filed with. */
export async function file(text: string, some: object = {}): Promise<Filed> {
  const model = await read<Model>('model')
  const places = await read<{ items: { position: { lon: number; lat: number } }[] }>(`gazetteer?q=${encodeURIComponent('虎台')}&limit=1`)
  const matters = await read<{ items: { demands: string[] }[] }>('matters')
  const ofReporters = model.workflows.find((one) => one.steps.some((step) => step.by.includes('reporter')))
  const response = await fetch(`${origin}/api/v1/public/cases`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      case_type: model.case_types.find((one) => one.workflow === ofReporters?.name)?.name,
      channel: model.channels.find((one) => one.public)?.name,
      demand: matters.items[0]?.demands[0],
      text,
      position: places.items[0]?.position,
      reporter: { phone: '13900005678' },
      ...some,
    }),
  })
  expect(response.status, await response.clone().text()).toBe(201)
  const { number, tracking_secret: secret } = (await response.json()) as { number: string; tracking_secret: string }
  return { number, secret }
}

/** A matter that words point to. */
export async function matterOf(words: string): Promise<string> {
  const found = await read<{ items: { code: string }[] }>(`matters/suggestions?text=${encodeURIComponent(words)}`)
  const code = found.items[0]?.code
  if (!code) throw new Error(`no matter for ${words}`)
  return code
}

/** Photos that were uploaded as residents upload them, as evidence of a case. */
export async function evidence(names: string[]): Promise<{ kind: string; attachment: string }[]> {
  const model = await read<{ evidence: { name: string; media: string[] }[] }>('model')
  const kind = model.evidence.find((one) => one.media.some((media) => media.startsWith('image/')))?.name ?? ''
  const all: { kind: string; attachment: string }[] = []
  for (const [at, name] of names.entries()) {
    const response = await fetch(`${origin}/api/v1/public/attachments?name=${encodeURIComponent(name)}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/octet-stream' },
      body: picture(at),
    })
    expect(response.status, await response.clone().text()).toBe(201)
    all.push({ kind, attachment: ((await response.json()) as { id: string }).id })
  }
  return all
}

/** A small picture, another one for every number: stripes along or across. */
function picture(at: number): Uint8Array<ArrayBuffer> {
  const [width, height] = [160, 120]
  const chunk = (type: string, data: Buffer) => {
    const named = Buffer.concat([Buffer.from(type, 'latin1'), data])
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
    length.writeUInt32BE(data.length)
    sum.writeUInt32BE(crc32(named))
    return Buffer.concat([length, named, sum])
  }
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  // Eight bits, grey.
  head.set([8, 0, 0, 0, 0], 8)
  const lines = Buffer.alloc(height * (width + 1))
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) lines[y * (width + 1) + 1 + x] = Math.floor((at % 2 ? x : y) / 16) % 2 ? 90 : 200
  }
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return new Uint8Array(Buffer.concat([signature, chunk('IHDR', head), chunk('IDAT', deflateSync(lines)), chunk('IEND', Buffer.alloc(0))]))
}

/** Takes a step on a case as whoever is signed in on a page, without its forms. */
export async function takeStep(page: Page, number: string, act: string, more: object = {}): Promise<void> {
  const answer = await page.evaluate(
    async ([number, act, more]) => {
      const path = `/api/v1/cases/${number as string}`
      const found = (await (await fetch(path)).json()) as { available: { steps: { act: string; step: { name: string } }[] } }
      const step = found.available.steps.find((one) => one.act === act)?.step.name
      const body = JSON.stringify({ step, ...(more as object) })
      const response = await fetch(`${path}/steps`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body })
      return { status: response.status, text: response.ok ? '' : await response.text() }
    },
    [number, act, more] as const,
  )
  expect(answer.status, `${act}: ${answer.text}`).toBe(200)
}
