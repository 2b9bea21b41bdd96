import { mount } from '@vue/test-utils'
import { defineComponent, nextTick, ref } from 'vue'
import { expect, it } from 'vitest'
import { useGiveBack } from './give-back'

const Opened = defineComponent({
  setup() {
    const box = ref<HTMLElement>()
    useGiveBack(box)
    return { box }
  },
  template: '<form ref="box"><input id="inside" /></form>',
})
const Page = defineComponent({
  components: { Opened },
  setup: () => ({ isOpen: ref(false) }),
  template: '<button id="opener" @click="isOpen = true">open</button><button id="other">other</button><Opened v-if="isOpen" />',
})
const focused = () => document.activeElement?.id
async function opened() {
  const page = mount(Page, { attachTo: document.body })
  const opener = page.get<HTMLElement>('#opener')
  opener.element.focus()
  await opener.trigger('click')
  page.get<HTMLElement>('#inside').element.focus()
  return page
}

it('gives the focus back to what opened it', async () => {
  const page = await opened()
  page.vm.isOpen = false
  await nextTick()
  await nextTick()
  expect(focused()).toBe('opener')
  page.unmount()
})

it('takes it from nobody who has it already', async () => {
  const page = await opened()
  page.get<HTMLElement>('#other').element.focus()
  page.vm.isOpen = false
  await nextTick()
  await nextTick()
  expect(focused()).toBe('other')
  page.unmount()
})
