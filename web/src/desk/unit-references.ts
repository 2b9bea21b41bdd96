import { useI18n } from 'vue-i18n'
import { told } from '@/shared/api/client'
import { departmentsOf, unitName } from './stores/names'

/** Areas that the directory can name by their level: the one in which a case lies. */
export const LEVELS = ['district', 'subdistrict', 'community', 'grid'] as const

const alike = (words: string) => ({ zh: words, en: words })

/** Whom a row of the dispatch directory names: a unit, the department that does something, or the area in which a case lies. */
export function useUnitReferences() {
  const { t, te } = useI18n()
  const byLevel = (level: string) => {
    const key = `admin.directory.levels.${level}`
    return `${t('admin.directory.byLevel')}${te(key) ? t(key) : level}`
  }
  const byFunction = (name: string, district: number) => {
    const found = departmentsOf(district).findLast((one) => one.function === name)
    return found ? told(found.title) : `${t('admin.directory.byFunction')} ${name}`
  }
  const inWords = (reference: string, district: number): string => {
    const [how, what = ''] = reference.split(':')
    if (how === '@function') return byFunction(what, district)
    return how === '@level' ? byLevel(what) : unitName(reference)
  }
  /** What can be named beside single units. */
  const choices = (district: number) => [
    ...LEVELS.map((level) => ({ code: `@level:${level}`, title: alike(byLevel(level)), hint: t('admin.directory.levelHint') })),
    ...departmentsOf(district).map((one) => ({ code: `@function:${one.function}`, title: one.title, hint: t('admin.directory.functionHint') })),
  ]
  return { inWords, choices }
}
