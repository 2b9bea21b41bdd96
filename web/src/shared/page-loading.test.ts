import { expect, it, vi } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'
import { goAgain, notLoaded, tellNotLoaded } from './page-loading'

const page = { render: () => null }

it('says which page was not loaded, and goes there once the server answers', async () => {
  const routes = [
    { path: '/', component: page },
    { path: '/other', component: page },
    { path: '/far', component: () => Promise.reject(new TypeError('Failed to fetch dynamically imported module')) },
  ]
  const router = createRouter({ history: createMemoryHistory('/desk'), routes })
  tellNotLoaded(router)
  await router.push('/')
  await router.push('/far?a=1').catch(() => undefined)
  expect(notLoaded.value).toBe('/desk/far?a=1')

  const left: string[] = []
  const answers = vi.spyOn(globalThis, 'fetch').mockRejectedValueOnce(new TypeError('away'))
  await goAgain((to) => left.push(to))
  expect([left, notLoaded.value]).toEqual([[], '/desk/far?a=1'])
  answers.mockResolvedValueOnce(new Response('<!doctype html>'))
  await goAgain((to) => left.push(to))
  expect(left).toEqual(['/desk/far?a=1'])

  await router.push('/other')
  expect(notLoaded.value).toBeUndefined()
})
