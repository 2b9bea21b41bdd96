import { mount } from '@vue/test-utils'
import { defineComponent } from 'vue'
import { expect, it, vi } from 'vitest'
import { words } from '@/shared/i18n'
import { chooseLocale } from '@/shared/preferences'
import { useCheck } from './check'
import en from './messages/en'
import zh from './messages/zh-CN'

chooseLocale('zh-CN')
const sent = vi.fn()
const Form = defineComponent({
  setup: () => ({ checked: useCheck(), sent }),
  template: `<form novalidate @submit.prevent="checked($event) && sent()">
    <div class="field"><input id="name" required aria-describedby="help" /><p id="help">help</p></div>
    <div class="field"><input id="where" type="url" /></div>
    <div class="field"><input id="off" required disabled /></div>
  </form>`,
})

it('says under each field what is wrong, and sends nothing before it is put right', async () => {
  const page = mount(Form, { attachTo: document.body, global: { plugins: [words(zh, en)] } })
  const name = page.get<HTMLInputElement>('#name')
  await name.setValue('  ')
  await page.get('#where').setValue('nowhere')
  await page.get('form').trigger('submit')
  expect(sent).not.toHaveBeenCalled()
  expect(page.findAll('.wrong').map((one) => one.text())).toEqual([zh.check.missing, zh.check.address])
  expect(document.activeElement?.id).toBe('name')
  expect(name.attributes('aria-invalid')).toBe('true')
  expect(name.attributes('aria-describedby')).toMatch(/^help check-/)

  await name.setValue('somebody')
  expect(name.attributes('aria-invalid')).toBeUndefined()
  expect(name.attributes('aria-describedby')).toBe('help')
  expect(page.findAll('.wrong')).toHaveLength(1)
  await page.get('#where').setValue('https://example.org')
  await page.get('form').trigger('submit')
  expect(sent).toHaveBeenCalledOnce()
  expect(page.findAll('.wrong')).toHaveLength(0)
  page.unmount()
})
