import type { Model } from '@/shared/api/client'
import { workflowOf } from '@/shared/stores/model'
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

/** The relations that end with a phase of a case. */
const OF_A_PHASE: (Relation | undefined)[] = ['dispatch', 'verify', 'call_back']

/** Whether a step takes a case out of a list: then its row goes at once, before the server has answered. */
export function movesOut(list: WorkList, model: Model | undefined, seen: { phase: string; case_type: { name: string } }, step: string): boolean {
  const workflow = model && workflowOf(model, seen.case_type.name)
  const to = workflow?.steps.find((one) => one.name === step)?.to
  const phase = workflow?.states.find((one) => one.name === to)?.phase
  if (!phase || phase === seen.phase) return false
  return OF_A_PHASE.includes(list.relation) || (phase === 'closed') === list.open
}

/** Whether somebody works through the lists of a desk, and so sees everything that lies in its area. */
export function worksAtDesk(roles: Role[]): boolean {
  return listsFor(roles).some((list) => list.relation !== undefined && DESK.includes(list.relation))
}
const DESK: Relation[] = ['dispatch', 'verify', 'call_back', 'decide']
