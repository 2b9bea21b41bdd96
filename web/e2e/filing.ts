// Cases as residents file them, without the pages.
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
