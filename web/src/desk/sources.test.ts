import { expect, it } from 'vitest'
import { readFolder, sourcePath } from './sources'

it('reads what the command line reads, wherever the folder lies', () => {
  expect(sourcePath('town/packs/x/pack.toml')).toBe('packs/x/pack.toml')
  expect(sourcePath('packs/x/tests/loop.toml')).toBe('packs/x/tests/loop.toml')
  expect(sourcePath('town/places/1/areas.geojson')).toBe('places/1/areas.geojson')
  for (const other of [
    'town/README.md',
    'packs/x/README.md',
    'town/places/1/source/raw.csv',
    'packs/.git/config.toml',
    'packs/x/.hidden.toml',
    'packs',
    'notes/pack.toml',
    'packs/toml',
  ]) {
    expect(sourcePath(other), other).toBeUndefined()
  }
})

it('tells how much there is', async () => {
  const file = (path: string, text: string) => {
    const made = new File([text], path.split('/').at(-1) ?? '')
    Object.defineProperty(made, 'webkitRelativePath', { value: path })
    return made
  }
  const found = await readFolder([file('town/packs/x/pack.toml', 'a = 1'), file('town/LICENSE', 'free')])
  expect(found).toEqual({ name: 'town', files: { 'packs/x/pack.toml': 'a = 1' }, count: 1, bytes: 5 })
})
