import { computed, ref, shallowRef } from 'vue'
import { WHO } from '@/shared/api/access'
import { api, ask, Failure, onFailure, type Schemas } from '@/shared/api/client'
import { draftsOf, forgetDrafts } from '@/shared/drafts'

export type Me = Schemas['Me']
export type Role = Schemas['RoleName']
export type Operation = keyof typeof WHO

/** Who is signed in. `undefined`: not asked yet; `null`: nobody. */
const me = shallowRef<Me | null>()
/** Whether another tab of this browser has signed in somebody else: what this page shows is theirs no more. */
const isTakenOver = ref(false)
let asking: Promise<Me | null> | undefined

function begin(found: Me): Me {
  draftsOf(found.account)
  return (me.value = found)
}

/** Asks the server who is signed in; a page begins with it. */
export function whoAmI(): Promise<Me | null> {
  if (me.value !== undefined) return Promise.resolve(me.value)
  asking ??= ask(api.GET('/api/v1/me'))
    .then(begin)
    .catch((fault: unknown) => {
      if (fault instanceof Failure && fault.isSignedOut) return (me.value = null)
      throw fault
    })
    .finally(() => (asking = undefined))
  return asking
}

// A session may end while a page is open: whatever is asked next says so.
onFailure((failure) => {
  if (failure.isSignedOut && me.value) me.value = null
})

// All tabs of a browser have one session: a page never shows one person and acts as another. Whoever signs in or out tells
// the other tabs; a page that comes back to sight asks, because it may have missed it.
const tabs = typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel('quanyu.session')
tabs?.addEventListener('message', ({ data }: MessageEvent<string | null>) => compare(data))
function compare(account: string | null): void {
  if (!me.value) return
  if (account === null) me.value = null
  else if (account !== me.value.account) isTakenOver.value = true
}
async function look(): Promise<void> {
  if (!me.value || document.hidden) return
  try {
    compare((await ask(api.GET('/api/v1/me'))).account)
  } catch {
    // That the session has ended is heard above; a server that is away is told by whatever is asked next.
  }
}
document.addEventListener('visibilitychange', () => void look())
addEventListener('pageshow', (event) => void (event.persisted && look()))

export async function signIn(login: string, password: string, code: string): Promise<void> {
  const body = { login, password, code: code || undefined }
  const begun = await ask(api.POST('/api/v1/sessions', { body }))
  tabs?.postMessage(begun.me.account)
  begin(begun.me)
}

export async function signOut(): Promise<void> {
  try {
    await ask(api.DELETE('/api/v1/sessions/current'))
  } catch (fault) {
    if (!(fault instanceof Failure && fault.isSignedOut)) throw fault
  }
  forgetDrafts()
  ended()
}

/** Reads anew who is signed in: after a password or a second factor was set. */
export async function refresh(): Promise<void> {
  begin(await ask(api.GET('/api/v1/me')))
}

/** Nobody is signed in any more: after signing out, and after the password was changed every session has ended. */
export function ended(): void {
  tabs?.postMessage(null)
  me.value = null
}

export function useSession() {
  const roles = computed<Role[]>(() => [...new Set((me.value?.grants ?? []).map((grant) => grant.role))])
  /** Whether the roles let somebody call an operation at all; what they may do to one case the case says itself. */
  const may = (operation: Operation) => {
    const who: readonly string[] = WHO[operation]
    return who.includes('everyone') || who.includes('staff') || roles.value.some((role) => who.includes(role))
  }
  return { me, roles, may, isTakenOver }
}
