import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'
import { NUMBER_IN_PATH } from '@/shared/numbers'
import { tellNotLoaded } from '@/shared/page-loading'
import HomePage from './pages/HomePage.vue'

/** The pages of the portal. The first parts of their paths stand in `web/portal-paths.txt`, which the server reads. */
export const routes: RouteRecordRaw[] = [
  { path: '/', name: 'home', component: HomePage },
  { path: '/report', name: 'report', component: () => import('./pages/ReportPage.vue') },
  { path: '/follow', name: 'follow', component: () => import('./pages/FollowPage.vue') },
  { path: '/cases', name: 'cases', component: () => import('./pages/CasesPage.vue') },
  { path: `/cases/:number${NUMBER_IN_PATH}`, name: 'case', component: () => import('./pages/CasePage.vue'), props: true },
  { path: '/figures', name: 'figures', component: () => import('./pages/FiguresPage.vue') },
  { path: '/:rest(.*)*', name: 'not-found', component: () => import('./pages/NotFoundPage.vue') },
]

export const router = createRouter({
  history: createWebHistory(),
  routes,
  scrollBehavior: (to, _from, saved) => saved ?? (to.hash ? { el: to.hash } : { top: 0 }),
})
tellNotLoaded(router)
