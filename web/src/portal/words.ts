import { useI18n } from 'vue-i18n'
import type { Schemas } from '@/shared/api/client'
import { told } from '@/shared/api/client'
import { preferences } from '@/shared/preferences'
import { dayWords, momentWords, periodWords } from './dates'

/** What the portal says of days, places and states, in the reader's language. */
export function useWords() {
  const { t } = useI18n()
  const year = new Date().getFullYear()
  return {
    t,
    day: (moment: string) => dayWords(moment, preferences.locale, year),
    moment: (moment: string) => momentWords(moment, preferences.locale, year),
    period: (period: string) => periodWords(period, preferences.locale),
    /** Area and place of a published case; the area once where the place names it. */
    where: ({ area, place }: Pick<Schemas['PublishedCase'], 'area' | 'place'>) => {
      const name = told(area.title)
      if (!place) return name
      return place.startsWith(name) ? place : `${name} · ${place}`
    },
    /** What a case is called in a list. */
    headline: ({ title, text }: Pick<Schemas['PublishedCase'], 'title' | 'text'>) => title ?? text.slice(0, 40),
  }
}
