import type { Role } from './stores/session'
import type { paths } from '@/shared/api/schema'

type Relation = NonNullable<NonNullable<paths['/api/v1/cases']['get']['parameters']['query']>['relation']>

/** A work list: what stands in a relation to the units of whoever looks. */
export interface WorkList {
  name: string
  relation?: Relation
  open: boolean
}

/** The lists, in the order of the way that a case takes. */
const LISTS: (WorkList & { roles?: Role[] })[] = [
  { name: 'dispatch', relation: 'dispatch', open: true, roles: ['dispatcher', 'supervisor', 'leader'] },
  { name: 'lead', relation: 'lead', open: true, roles: ['handler', 'grid_worker'] },
  { name: 'assist', relation: 'assist', open: true, roles: ['handler'] },
  { name: 'verify', relation: 'verify', open: true, roles: ['verifier', 'supervisor'] },
  { name: 'call_back', relation: 'call_back', open: true, roles: ['call_back_clerk', 'supervisor'] },
  { name: 'decide', relation: 'decide', open: true, roles: ['dispatcher', 'supervisor'] },
  { name: 'open', open: true },
  { name: 'closed', open: false },
]

/** The lists of somebody with these roles, the one they work from first. */
export function listsFor(roles: Role[]): WorkList[] {
  return LISTS.filter((list) => !list.roles || list.roles.some((role) => roles.includes(role)))
}

/** Whether somebody works through the lists of a desk, and so sees everything that lies in its area. */
export function worksAtDesk(roles: Role[]): boolean {
  return listsFor(roles).some((list) => list.relation !== undefined && DESK.includes(list.relation))
}
const DESK: Relation[] = ['dispatch', 'verify', 'call_back', 'decide']
