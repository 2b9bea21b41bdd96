import { mount } from '@vue/test-utils'
import { defineComponent, h, shallowRef } from 'vue'
import { beforeEach, expect, it } from 'vitest'
import { activeKeys, useKeys, type Key } from './keys'

const heard: string[] = []
beforeEach(() => void heard.splice(0))
const key = (name: string, who: string, words = `keys.${name}`): Key => ({ key: name, words, does: () => heard.push(`${who} ${name}`) })
const page = (keys: Parameters<typeof useKeys>[0]) =>
  mount(
    defineComponent(() => {
      useKeys(keys)
      return () => h('p')
    }),
  )
const press = (name: string) => dispatchEvent(new KeyboardEvent('keydown', { key: name, cancelable: true }))
const offered = () => activeKeys.value.map((one) => one.words)

it('gives keys a meaning as long as their page is there, and no longer', () => {
  const first = page([key('1', 'first')])
  press('1')
  first.unmount()
  press('1')
  const second = page([key('1', 'second')])
  press('1')
  expect(heard).toEqual(['first 1', 'second 1'])
  expect(offered()).toEqual(['keys.1'])
  second.unmount()
  expect(offered()).toEqual([])
})

it('lets the newest say what a key does, and tells it once', () => {
  const list = page([key('j', 'list', 'keys.next'), key('r', 'list', 'keys.reload')])
  const beside = page([key('j', 'beside', 'keys.photo')])
  press('j')
  press('r')
  expect(offered()).toEqual(['keys.reload', 'keys.photo'])
  beside.unmount()
  press('j')
  expect(heard).toEqual(['beside j', 'list r', 'list j'])
  expect(offered()).toEqual(['keys.next', 'keys.reload'])
  list.unmount()
})

it('follows what can be done just now', () => {
  const keys = shallowRef([key('1', 'case')])
  const one = page(keys)
  keys.value = []
  press('1')
  expect(heard).toEqual([])
  expect(offered()).toEqual([])
  keys.value = [key('1', 'case'), key('2', 'case')]
  press('2')
  expect(heard).toEqual(['case 2'])
  one.unmount()
})
