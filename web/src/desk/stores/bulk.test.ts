import { afterEach, describe, expect, it, vi } from 'vitest'
import { Failure, type Case } from '@/shared/api/client'

const title = { zh: '步', en: 'step' }
const record = (number: string, some: object = {}) =>
  ({
    number,
    version: Number(number) + 10,
    requests: [],
    assignments: [],
    available: { steps: [{ step: { name: 'send', title }, act: 'dispatch', evidence: [] }], requests: [], decisions: [], handovers: [], discretion: [] },
    ...some,
  }) as unknown as Case
vi.mock('@/shared/api/client', async (original) => ({
  ...(await original<object>()),
  ask: (answer: unknown) => answer,
  api: {
    GET: (_path: string, { params }: { params: { path: { number: string } } }) => Promise.resolve(record(params.path.number)),
  },
}))
const { MOST_CHOSEN, offersOf, useBulk } = await import('./bulk')
afterEach(() => sessionStorage.clear())

function listener() {
  const told: string[] = []
  return {
    told,
    tells: {
      begins: (one: Case) => void told.push(`begins ${one.number}`),
      done: (number: string) => void told.push(`done ${number}`),
      failed: (number: string, why: string) => void told.push(`failed ${number} ${why}`),
    },
  }
}

describe('one act for many cases', () => {
  it('offers what the interface offers for each, but nothing that nobody can say for many', () => {
    const one = record('1', {
      requests: [
        { number: 3, kind: 'return', title, state: 'pending' },
        { number: 4, kind: 'extend', title, state: 'pending' },
      ],
      assignments: [
        { number: 1, unit: { code: 'a', title } },
        { number: 2, unit: { code: 'b', title } },
      ],
      available: {
        steps: [
          { step: { name: 'refuse', title }, act: 'reject', evidence: [] },
          { step: { name: 'send', title }, act: 'dispatch', evidence: [] },
          { step: { name: 'prove', title }, act: 'pass', evidence: [{ name: 'photo', title }] },
          { step: { name: 'ring', title }, act: 'call_back', evidence: [] },
        ],
        requests: [{ name: 'extend', title }, { name: 'merge', title }],
        decisions: [3],
        handovers: [2],
        discretion: [],
      },
    })
    const offers = offersOf([record('2'), one])
    expect(offers.map((offer) => [offer.key, offer.numbers])).toEqual([
      ['step.send', ['2', '1']],
      ['decision.return', ['1']],
      ['step.refuse', ['1']],
      ['request.extend', ['1']],
      ['handover.b', ['1']],
    ])
  })

  it('sends each with its own version; what fails stays chosen and says why', async () => {
    const bulk = useBulk('x')
    bulk.choose(['1', '2', '3'], true)
    await bulk.read()
    const sent: number[] = []
    const { told, tells } = listener()
    await bulk.run(
      ['1', '2', '3'],
      (one) => {
        sent.push(one.version)
        return one.number === '2' ? Promise.reject(new Failure(409, 'state_forbids', 'not now')) : Promise.resolve()
      },
      tells,
    )
    expect(sent.sort()).toEqual([11, 12, 13])
    expect(told.slice(0, 3)).toEqual(['begins 1', 'begins 2', 'begins 3'])
    expect(told).toContain('failed 2 not now')
    expect(bulk.progress.value).toEqual({ done: 2, failed: 1, total: 3 })
    expect([...bulk.chosen.value]).toEqual(['2'])
    expect(bulk.draft.why).toEqual({ 2: 'not now' })
  })

  it('sends nothing more once the session has ended, and keeps what was not done over a reload', async () => {
    const bulk = useBulk('y')
    const all = Array.from({ length: 20 }, (_, at) => String(at + 1))
    bulk.choose(all, true)
    await bulk.read()
    let sent = 0
    const { told, tells } = listener()
    await bulk.run(
      all,
      () => {
        sent += 1
        return sent > 4 ? Promise.reject(new Failure(401, 'unauthenticated', 'sign in')) : Promise.resolve()
      },
      tells,
    )
    expect(sent).toBeLessThan(12)
    expect(bulk.chosen.value.size).toBe(16)
    expect(told.filter((words) => words.startsWith('failed'))).toHaveLength(16)
    expect(useBulk('y').chosen.value.size, 'after a reload').toBe(16)
  })

  it('lets only so many be chosen', () => {
    const bulk = useBulk('z')
    bulk.choose(Array.from({ length: MOST_CHOSEN + 5 }, (_, at) => String(at)), true)
    expect(bulk.chosen.value.size).toBe(MOST_CHOSEN)
    bulk.choose(['0'], false)
    expect(bulk.chosen.value.has('0')).toBe(false)
  })
})
