import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { routes } from './router'

it('has the paths that the server answers with the portal', () => {
  const served = readFileSync('portal-paths.txt', 'utf8').trim().split('\n').sort()
  const first = (path: string) => path.split('/')[1] ?? ''
  const routed = new Set(routes.map((route) => first(route.path)).filter((part) => part && !part.startsWith(':')))
  expect([...routed].sort()).toEqual(served)
})
