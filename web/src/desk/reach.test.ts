import { expect, it, vi } from 'vitest'

let grants: { role: string; unit: { code: string } }[] = []
vi.mock('@/shared/api/client', async (original) => ({
  ...(await original<object>()),
  ask: (answer: unknown) => answer,
  api: { GET: () => Promise.resolve({ account: 'one', grants }) },
}))
const { refresh } = await import('./stores/session')
const { useNavigation } = await import('./navigation')
const { useReach } = await import('./reach')
const { routes } = await import('./router')

/** What somebody finds in the navigation, and which addresses they can read. */
async function of(role: string, code: string) {
  grants = [{ role, unit: { code } }]
  await refresh()
  const reaches = useReach().value
  return {
    found: useNavigation().value.flatMap((part) => part.entries.map((entry) => entry.label)),
    read: ['day', 'brief', 'samples', 'sample'].filter((name) => reaches(routes.find((one) => one.name === name)?.meta ?? {})),
  }
}

it('offers pages only where they can be read', async () => {
  const ofCommunity = await of('grid_worker', '990101001002')
  expect(ofCommunity.found).toContain('pages.day')
  expect(ofCommunity.found).not.toContain('pages.samples')
  expect(ofCommunity.read).toEqual(['day', 'brief'])

  const ofDistrict = await of('leader', '990101000000')
  expect(ofDistrict.found).toEqual(expect.arrayContaining(['pages.day', 'pages.samples']))
  const atDesk = await of('call_back_clerk', '990101000000-centre')
  expect(atDesk.read).toEqual(['day', 'brief', 'samples', 'sample'])
  const ofCity = await of('dispatcher', '990100000000-centre')
  expect(ofCity.read).toContain('samples')
})

it('shows no day to somebody of a department, who has no area', async () => {
  const { found, read } = await of('handler', '990101000000-housing')
  expect(found).not.toContain('pages.day')
  expect(read).toEqual([])
})
