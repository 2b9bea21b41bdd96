import { beforeEach, expect, it, vi } from 'vitest'

/** Who the cookie of the browser says is there. */
let there = ''
const person = (account: string) => ({ account, login: account, name: account, grants: [] })
vi.mock('@/shared/api/client', async (original) => ({
  ...(await original<object>()),
  ask: (answer: unknown) => answer,
  api: {
    GET: () => Promise.resolve(person(there)),
    POST: (_path: string, { body }: { body: { login: string } }) => {
      there = body.login
      return Promise.resolve({ me: person(there) })
    },
    DELETE: () => Promise.resolve(),
  },
}))
/** A page as it is after a reload: nothing but the storage of the tab is left. */
async function page() {
  vi.resetModules()
  return { ...(await import('./session')), ...(await import('@/shared/drafts')) }
}
const told = () => new Promise((done) => setTimeout(done, 20))
beforeEach(() => sessionStorage.clear())

it('shows nobody the draft of somebody else, not after a reload either', async () => {
  const first = await page()
  await first.signIn('one', '', '')
  first.useDraft('step.1', () => ({ note: '' })).draft.note = 'of one'
  expect(first.hasDraft('step.1')).toBe(true)
  expect((await page()).hasDraft('step.1'), 'after a reload').toBe(true)

  const same = await page()
  await same.whoAmI()
  expect(same.useDraft('step.1', () => ({ note: '' })).draft.note).toBe('of one')

  const other = await page()
  await other.signIn('two', '', '')
  expect(other.useDraft('step.1', () => ({ note: '' })).draft.note).toBe('')
  other.useDraft('step.1', () => ({ note: '' })).draft.note = 'of two'

  // Signed in as somebody else in another tab: this one only asks who is there.
  there = 'one'
  const asked = await page()
  await asked.whoAmI()
  expect(asked.hasDraft('step.1')).toBe(false)
})

it('ends what a page shows of one person when another tab signs in another', async () => {
  const first = await page()
  await first.signIn('one', '', '')
  const { me, isTakenOver } = first.useSession()
  const second = await page()
  await second.whoAmI()

  await second.signIn('one', '', '')
  await told()
  expect(isTakenOver.value, 'the same person').toBe(false)
  await second.signIn('two', '', '')
  await told()
  expect(isTakenOver.value).toBe(true)
  expect(me.value?.account).toBe('one')
})

it('goes to the door when another tab signs out', async () => {
  const first = await page()
  await first.signIn('one', '', '')
  const second = await page()
  await second.whoAmI()
  await second.signOut()
  await told()
  expect(first.useSession().me.value).toBeNull()
})

it('asks who is there when it comes back to sight', async () => {
  const first = await page()
  await first.signIn('one', '', '')
  there = 'two'
  document.dispatchEvent(new Event('visibilitychange'))
  await told()
  expect(first.useSession().isTakenOver.value).toBe(true)
})

it('takes what the page proposes for nobody\'s draft', async () => {
  const { useDraft, hasDraft } = await page()
  const { draft, propose } = useDraft('step.2', () => ({ lead: '', note: '' }))
  propose(() => (draft.lead = 'a unit'))
  expect(hasDraft('step.2')).toBe(false)
  draft.note = 'typed'
  expect(hasDraft('step.2')).toBe(true)
  expect(useDraft('step.2', () => ({ lead: '', note: '' })).isKept).toBe(true)
  // Come late, it takes nothing of what was typed for its own.
  propose(() => (draft.lead = 'another unit'))
  expect(hasDraft('step.2')).toBe(true)
})
