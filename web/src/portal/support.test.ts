import { expect, it, vi } from 'vitest'

interface Asked {
  path: string
  query?: Record<string, unknown>
  header?: Record<string, string>
  body?: unknown
}
const asked: Asked[] = []
let replies: (() => unknown)[] = []
function answer(path: string, init: { params: Omit<Asked, 'path' | 'body'>; body?: unknown }) {
  asked.push({ path, query: init.params.query, header: init.params.header, body: init.body })
  return Promise.resolve().then(() => replies.shift()?.())
}
vi.mock('@/shared/api/client', async (original) => ({
  ...(await original<object>()),
  ask: (it: unknown) => it,
  api: { GET: answer, POST: answer },
}))
const { addMe, reportedNear, useSupport } = await import('./support')

function answers(...given: (() => unknown)[]) {
  asked.length = 0
  replies = given
}

it('is the same request however often it is sent', async () => {
  answers(
    () => {
      throw new Error('gone')
    },
    () => ({ supporters: 1 }),
  )
  const { draft } = useSupport('240101000000100000')
  draft.phone = ' 13800001234 '
  await expect(addMe('240101000000100000', draft)).rejects.toThrow('gone')
  await addMe('240101000000100000', draft)
  expect(asked.map((one) => one.body)).toEqual([{ phone: '13800001234' }, { phone: '13800001234' }])
  const keys = asked.map((one) => one.header?.['Idempotency-Key'])
  expect(keys[0]).toMatch(/.{8,}/)
  expect(keys[1]).toBe(keys[0])
})

it('looks near the point, in the area where there is none, and nowhere without either', async () => {
  answers(() => ({ items: [{ number: '1', metres: 300 }] }))
  expect(await reportedNear({ lon: 101.7, lat: 36.6 }, '990104', '0402')).toHaveLength(1)
  expect(asked[0]).toMatchObject({ path: '/api/v1/public/nearby', query: { lon: 101.7, matter: '0402' } })

  answers(() => ({ items: [{ number: '1', closed_on: '2024-01-01' }, { number: '2' }] }))
  expect((await reportedNear(null, '990104001000')).map((one) => one.number)).toEqual(['2'])

  answers()
  expect(await reportedNear(null, '')).toEqual([])
  expect(asked).toEqual([])
})
