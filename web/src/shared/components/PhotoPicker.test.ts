import { flushPromises, mount } from '@vue/test-utils'
import { afterEach, expect, it, vi } from 'vitest'
import * as client from '@/shared/api/client'
import { words } from '@/shared/i18n'
import { preferences } from '@/shared/preferences'
import PhotoPicker from './PhotoPicker.vue'

afterEach(() => vi.restoreAllMocks())

it('says which files were not taken because there were too many', async () => {
  preferences.locale = 'en'
  let id = 0
  vi.spyOn(client, 'upload').mockImplementation(async (_path, _file, name) => {
    id += 1
    return { id: String(id), name, media: 'text/plain' } as client.Schemas['Uploaded']
  })
  const picker = mount(PhotoPicker, {
    props: {
      modelValue: [],
      path: '/x',
      label: '照片',
      most: 2,
      'onUpdate:modelValue': (files: { id: string; name: string; media: string }[]) => picker.setProps({ modelValue: files }),
    },
    global: { plugins: [words({}, {})] },
  })
  const input = picker.find('input').element
  const files = ['甲.txt', '乙.txt', '丙.txt', '丁.txt'].map((name) => new File(['x'], name, { type: 'text/plain' }))
  Object.defineProperty(input, 'files', { value: files })
  await picker.find('input').trigger('change')
  await flushPromises()
  expect(picker.findAll('.files li')).toHaveLength(2)
  expect(picker.find('[role="alert"]').text()).toMatch(/2.*丙\.txt, 丁\.txt/)
})
