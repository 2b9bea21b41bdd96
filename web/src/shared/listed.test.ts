import { afterEach, expect, it } from 'vitest'
import { listed, spoken } from './listed'
import { preferences } from './preferences'

const before = preferences.locale
afterEach(() => (preferences.locale = before))

it('separates words as the language of the reader does', () => {
  preferences.locale = 'zh-CN'
  expect(listed(['甲', '乙'])).toBe('甲、乙')
  expect(listed(['甲', '乙'], true)).toBe('甲；乙')
  preferences.locale = 'en'
  expect(listed(['one', 'two'])).toBe('one, two')
  expect(listed(['one', 'two'], true)).toBe('one; two')
})

it('tells what was said of something', () => {
  preferences.locale = 'zh-CN'
  expect(spoken('已解决', '已修好')).toBe('已解决：已修好')
  preferences.locale = 'en'
  expect(spoken('Solved', 'mended')).toBe('Solved: mended')
})
