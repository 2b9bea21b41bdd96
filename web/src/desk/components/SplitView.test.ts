import { mount } from '@vue/test-utils'
import { expect, it } from 'vitest'
import SplitView from './SplitView.vue'

const slots = { list: 'rows', default: 'the case' }

it('gives the list the whole width while nothing stands beside it', () => {
  // What an address does not name is an empty text.
  for (const beside of [undefined, '']) {
    const split = mount(SplitView, { props: { label: 'List', beside }, slots })
    expect(split.findAll('section')).toHaveLength(1)
    expect(split.classes()).not.toContain('open')
    expect(split.text()).toBe('rows')
  }
  const split = mount(SplitView, { props: { label: 'List', beside: 'Case' }, slots })
  expect(split.classes()).toContain('open')
  expect(split.findAll('section').map((one) => one.attributes('aria-label'))).toEqual(['List', 'Case'])
})
