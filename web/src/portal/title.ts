import { onScopeDispose, shallowRef, watchEffect } from 'vue'

const own = shallowRef<string>()

/** What the page in sight is called, where its route does not say it: the case that it shows, what was just done. */
export function usePageTitle(title: () => string | undefined): void {
  const stop = watchEffect(() => {
    own.value = title()
  })
  onScopeDispose(() => {
    stop()
    own.value = undefined
  })
}

/** The title of the page in sight; nothing where its route says it. */
export const pageTitle = own
