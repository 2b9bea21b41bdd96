import { beforeEach, expect, it, vi } from 'vitest'

beforeEach(() => {
  localStorage.clear()
  vi.resetModules()
})
const columns = async (list: string) => (await import('./columns')).useColumns(list)

it('shows by default what a list has, and keeps what is chosen for each', async () => {
  const dispatch = await columns('dispatch')
  expect(dispatch.chosen.value).not.toContain('lead')
  expect((await columns('open')).chosen.value).toEqual(expect.arrayContaining(['lead', 'holder']))
  dispatch.toggle('lead')
  dispatch.toggle('place')
  vi.resetModules()
  const after = await columns('dispatch')
  expect(after.chosen.value).toContain('lead')
  expect(after.chosen.value).not.toContain('place')
  expect((await columns('open')).chosen.value, 'another list').toContain('place')
  after.reset()
  expect((await columns('dispatch')).chosen.value).not.toContain('lead')
})

it('takes what was chosen for all lists before', async () => {
  localStorage.setItem('quanyu.columns', JSON.stringify(['headline', 'number', 'no such column']))
  expect((await columns('open')).chosen.value).toEqual(['headline', 'number'])
})
