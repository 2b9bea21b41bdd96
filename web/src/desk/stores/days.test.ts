import { expect, it } from 'vitest'
import { dayShown } from './days'

it('shows days that there are and that have begun', () => {
  expect(dayShown('2026-03-01', '2026-03-02')).toBe('2026-03-01')
  for (const text of [undefined, '', '2026-02-31', '2031-01-01', '2026-03-02', 'today']) expect(dayShown(text, '2026-03-02'), text).toBeUndefined()
})
