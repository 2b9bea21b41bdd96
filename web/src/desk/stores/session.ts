import { computed, shallowRef } from 'vue'
import { WHO } from '@/shared/api/access'
import { api, ask, Failure, onFailure, type Schemas } from '@/shared/api/client'
import { forgetDrafts } from '@/shared/drafts'

export type Me = Schemas['Me']
export type Role = Schemas['RoleName']
export type Operation = keyof typeof WHO

/** Who is signed in. `undefined`: not asked yet; `null`: nobody. */
const me = shallowRef<Me | null>()
let asking: Promise<Me | null> | undefined

/** Asks the server who is signed in; a page begins with it. */
export function whoAmI(): Promise<Me | null> {
  if (me.value !== undefined) return Promise.resolve(me.value)
  asking ??= ask(api.GET('/api/v1/me'))
    .catch((fault: unknown) => {
      if (fault instanceof Failure && fault.isSignedOut) return null
      throw fault
    })
    .then((found) => (me.value = found))
    .finally(() => (asking = undefined))
  return asking
}

// A session may end while a page is open: whatever is asked next says so.
onFailure((failure) => {
  if (failure.isSignedOut && me.value) me.value = null
})

export async function signIn(login: string, password: string, code: string): Promise<void> {
  const body = { login, password, code: code || undefined }
  const begun = await ask(api.POST('/api/v1/sessions', { body }))
  // Somebody else at the same machine begins with nothing of whoever was there before.
  if (lastAccount && lastAccount !== begun.me.account) forgetDrafts()
  lastAccount = begun.me.account
  me.value = begun.me
}
let lastAccount: string | undefined

export async function signOut(): Promise<void> {
  try {
    await ask(api.DELETE('/api/v1/sessions/current'))
  } catch (fault) {
    if (!(fault instanceof Failure && fault.isSignedOut)) throw fault
  }
  forgetDrafts()
  me.value = null
}

/** Reads anew who is signed in: after a password or a second factor was set. */
export async function refresh(): Promise<void> {
  me.value = await ask(api.GET('/api/v1/me'))
}

/** After the password was changed every session has ended. */
export function ended(): void {
  me.value = null
}

export function useSession() {
  const roles = computed<Role[]>(() => [...new Set((me.value?.grants ?? []).map((grant) => grant.role))])
  /** Whether the roles let somebody call an operation at all; what they may do to one case the case says itself. */
  const may = (operation: Operation) => {
    const who: readonly string[] = WHO[operation]
    return who.includes('everyone') || who.includes('staff') || roles.value.some((role) => who.includes(role))
  }
  return { me, roles, may }
}
