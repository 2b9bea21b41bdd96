import type { RouteRecordRaw } from 'vue-router'
import { NUMBER_IN_PATH } from '@/shared/numbers'

/** The pages about rules and administration, each loaded when somebody opens it. */
export const administration: RouteRecordRaw[] = [
  { path: '/rules', name: 'rules', component: () => import('./RulesPage.vue'), meta: { needs: 'GET /api/v1/activations' } },
  {
    path: '/rules/activation',
    name: 'activation',
    component: () => import('./ActivationPage.vue'),
    meta: { needs: 'POST /api/v1/activations' },
  },
  {
    path: '/directory',
    name: 'directory',
    component: () => import('./DirectoryPage.vue'),
    meta: { needs: 'GET /api/v1/directory/{district}/rows' },
  },
  { path: '/units', name: 'units', component: () => import('./UnitsPage.vue'), meta: { needs: 'GET /api/v1/units/changes' } },
  { path: '/accounts', name: 'accounts', component: () => import('./AccountsPage.vue'), meta: { needs: 'GET /api/v1/accounts' } },
  {
    path: `/accounts/:id${NUMBER_IN_PATH}`,
    name: 'staff-account',
    component: () => import('./StaffAccountPage.vue'),
    props: true,
    meta: { needs: 'GET /api/v1/accounts/{id}' },
  },
  { path: '/keys', name: 'keys', component: () => import('./KeysPage.vue'), meta: { needs: 'GET /api/v1/keys' } },
  { path: '/webhooks', name: 'webhooks', component: () => import('./WebhooksPage.vue'), meta: { needs: 'GET /api/v1/webhooks' } },
  { path: '/audit', name: 'audit', component: () => import('./AuditPage.vue'), meta: { needs: 'GET /api/v1/audit' } },
  { path: '/health', name: 'health', component: () => import('./HealthPage.vue'), meta: { needs: 'GET /api/v1/vitals' } },
]
