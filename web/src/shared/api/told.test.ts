import { afterEach, expect, it } from 'vitest'
import { preferences } from '@/shared/preferences'
import { told } from './client'

const locale = preferences.locale
afterEach(() => (preferences.locale = locale))

it('tells a title in the language of the reader, and in Chinese where there is no other', () => {
  preferences.locale = 'en'
  expect(told({ zh: '井盖', en: 'Manhole cover' })).toBe('Manhole cover')
  expect(told({ zh: '井盖', en: '' })).toBe('井盖')
  preferences.locale = 'zh-CN'
  expect(told({ zh: '井盖', en: 'Manhole cover' })).toBe('井盖')
})
