import { afterEach, expect, it } from 'vitest'
import { listed, spoken } from './listed'
import { preferences } from './preferences'

afterEach(() => {
  preferences.locale = 'zh-CN'
})

it('puts words in a row as the language does', () => {
  preferences.locale = 'zh-CN'
  expect(listed(['甲', '乙'])).toBe('甲、乙')
  expect(spoken('已解决', '已修好')).toBe('已解决：已修好')
  preferences.locale = 'en'
  expect(listed(['one', 'two'])).toBe('one, two')
  expect(spoken('Solved', 'mended')).toBe('Solved: mended')
})
