import { createRouter, createWebHistory, type NavigationGuard, type RouteRecordRaw } from 'vue-router'
import { NUMBER_IN_PATH } from '@/shared/numbers'
import { tellNotLoaded } from '@/shared/page-loading'
import { beginsWithTheDay as begins, listsFor } from './lists'
import { firstPage } from './navigation'
import { administration } from './pages/admin/routes'
import { useReach, type About } from './reach'
// The lists are what most people open first: their page is part of the first code, so that it waits for nothing more.
import ListPage from './pages/ListPage.vue'
import { dayShown } from './stores/days'
import { useSession, whoAmI, type Operation } from './stores/session'

declare module 'vue-router' {
  interface RouteMeta {
    /** The page is for those who may call this; absent: for everybody who is signed in. */
    needs?: Operation
    /** What it is about: only those who have it can read it. */
    about?: About
    /** Whether the page is shown to nobody in particular. */
    isOpen?: boolean
    /** Whether it has the navigation around it. */
    isBare?: boolean
  }
}

const CASES: Operation = 'GET /api/v1/cases'
const DAY: Operation = 'GET /api/v1/tallies'

/** A day that there is not, or that has not come, shows today: then the address says so, too. */
const onlyDays: NavigationGuard = ({ name, params, query }) => {
  const day = typeof params['day'] === 'string' && params['day'] ? params['day'] : undefined
  return day === dayShown(day) || { name, params: {}, query, replace: true }
}

/** The pages of the desk. What is listed in the navigation stands in `navigation.ts`. */
export const routes: RouteRecordRaw[] = [
  // Never shown: where it leads hangs on who is signed in, which is known to the guard below.
  { path: '/', name: 'home', component: () => import('@/shared/components/NotFound.vue') },
  { path: '/sign-in', name: 'sign-in', component: () => import('./pages/SignInPage.vue'), meta: { isOpen: true, isBare: true } },
  { path: '/password', name: 'password', component: () => import('./pages/PasswordPage.vue'), meta: { isBare: true } },
  { path: '/second-factor', name: 'second-factor', component: () => import('./pages/SecondFactorPage.vue'), meta: { isBare: true } },
  {
    path: `/lists/:list/:number${NUMBER_IN_PATH}?`,
    name: 'list',
    component: ListPage,
    props: true,
    meta: { needs: CASES },
  },
  {
    path: `/cases/:number${NUMBER_IN_PATH}`,
    name: 'case',
    component: () => import('./pages/CasePage.vue'),
    props: true,
    meta: { needs: 'GET /api/v1/cases/{number}' },
  },
  {
    path: '/intake',
    name: 'intake',
    component: () => import('./pages/IntakePage.vue'),
    meta: { needs: 'POST /api/v1/cases' },
  },
  {
    path: '/rates',
    name: 'rates',
    component: () => import('./pages/RatesPage.vue'),
    meta: { needs: 'GET /api/v1/rates' },
  },
  {
    path: '/day/:day(\\d{4}-\\d{2}-\\d{2})?',
    name: 'day',
    component: () => import('./pages/DayPage.vue'),
    beforeEnter: onlyDays,
    props: true,
    meta: { needs: DAY, about: 'area' },
  },
  {
    path: '/brief/:day(\\d{4}-\\d{2}-\\d{2})?',
    name: 'brief',
    component: () => import('./pages/BriefPage.vue'),
    beforeEnter: onlyDays,
    props: true,
    meta: { needs: DAY, about: 'area' },
  },
  {
    path: '/figures/cases',
    name: 'behind',
    component: () => import('./pages/BehindPage.vue'),
    meta: { needs: 'GET /api/v1/rates/cases' },
  },
  {
    path: '/samples',
    name: 'samples',
    component: () => import('./pages/SamplesPage.vue'),
    meta: { needs: 'GET /api/v1/samples', about: 'district' },
  },
  {
    path: `/samples/:id${NUMBER_IN_PATH}/:number${NUMBER_IN_PATH}?`,
    name: 'sample',
    component: () => import('./pages/SamplePage.vue'),
    props: true,
    meta: { needs: 'GET /api/v1/samples/{id}/cases', about: 'district' },
  },
  ...administration,
  { path: '/account', name: 'account', component: () => import('./pages/AccountPage.vue') },
  { path: '/:rest(.*)*', name: 'not-found', component: () => import('@/shared/components/NotFound.vue') },
  // Keeps the address that somebody may not open.
  { path: '/:rest(.*)*', name: 'forbidden', component: () => import('./pages/ForbiddenPage.vue') },
]

/**
 * Where somebody begins: at the day of their area, at their own work list, or at the first of their pages where they work on
 * no cases.
 */
function homePath(): { name: string; params?: Record<string, string> } {
  const { roles, may } = useSession()
  const reaches = useReach().value
  if (begins(roles.value) && reaches({ needs: DAY, about: 'area' })) return { name: 'day' }
  const first = may(CASES) ? listsFor(roles.value)[0] : undefined
  if (first) return { name: 'list', params: { list: first.name } }
  return { name: firstPage(reaches) ?? 'account' }
}

export const router = createRouter({ history: createWebHistory('/desk'), routes })
tellNotLoaded(router)

router.beforeEach(async (to) => {
  if (to.meta.isOpen) return true
  // The page's code comes while the server says who is there; what could not be loaded is told when the page is shown.
  for (const { components } of to.matched) {
    for (const one of Object.values(components ?? {})) {
      if (typeof one === 'function') void (one as () => Promise<unknown>)().catch(() => undefined)
    }
  }
  let me
  try {
    me = await whoAmI()
  } catch {
    // The server cannot be reached: the sign-in page says so and comes back here.
    return { name: 'sign-in', query: { to: to.fullPath } }
  }
  if (!me) return { name: 'sign-in', query: to.fullPath === '/' ? {} : { to: to.fullPath } }
  if (me.password_change_due && to.name !== 'password') return { name: 'password' }
  if (!me.password_change_due && me.second_factor_due && to.name !== 'second-factor') return { name: 'second-factor' }
  if (to.name === 'home') return homePath()
  if (!useReach().value(to.meta)) {
    return { name: 'forbidden', params: { rest: to.path.split('/').filter(Boolean) }, query: to.query, replace: true }
  }
  return true
})
