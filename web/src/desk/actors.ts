import { useI18n } from 'vue-i18n'
import type { Schemas } from '@/shared/api/client'

/** Who did something, by name. */
export function useActors() {
  const { t } = useI18n()
  return (by: Schemas['Actor']): string => (by.kind === 'account' ? by.name ?? t('actor.gone') : t(`actor.${by.kind}`))
}
