import { useI18n } from 'vue-i18n'
import type { Role } from './stores/session'

/** Every role of the product: the interface says which may do what, this says what they are called in a choice. */
export const ROLES: Role[] = [
  'operator',
  'dispatcher',
  'handler',
  'verifier',
  'call_back_clerk',
  'grid_worker',
  'supervisor',
  'leader',
  'system_admin',
  'security_admin',
  'audit_admin',
]

/** What roles, and the others who take steps, are called. */
export function usePerformers() {
  const { t, te } = useI18n()
  const performer = (name: string) => (te(`admin.performer.${name}`) ? t(`admin.performer.${name}`) : name)
  return { performer }
}
