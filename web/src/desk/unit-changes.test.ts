import { expect, it } from 'vitest'
import type { Schemas } from '@/shared/api/client'
import { asChange, emptyChange, type ChangeDraft } from './unit-changes'

const unit = (code: string): Schemas['Unit'] => ({
  code,
  kind: 'department',
  title: { zh: `${code}局`, en: code },
  parent: { code: '990101000000', title: { zh: '东区', en: 'East' } },
  function: 'roads',
  valid_from: '2020-01-01',
  successors: [],
  has_below: false,
})
const draft = (change: Partial<ChangeDraft>): ChangeDraft => ({ ...emptyChange('2024-07-01'), ...change })
const roads = unit('990101000000-roads')
const water = unit('990101000000-water')

it('renames and moves without touching what stays', () => {
  const renamed = asChange(draft({ command: 'rename', units: [{ code: '', zh: '路桥局', en: '' }] }), roads, undefined)
  expect(renamed).toMatchObject({ command: 'amend', unit: { code: roads.code, title: { zh: '路桥局', en: '路桥局' }, function: 'roads', valid_from: '2020-01-01' } })
  const moved = asChange(draft({ command: 'move', parent: '990102000000' }), roads, undefined)
  expect(moved).toMatchObject({ command: 'amend', unit: { code: roads.code, title: roads.title, parent: '990102000000' } })
})

it('ends a unit by letting another go on', () => {
  expect(asChange(draft({ command: 'end' }), roads, water)).toEqual({
    command: 'merge',
    from: [roads.code, water.code],
    into: { code: water.code, kind: 'department', title: water.title, parent: '990101000000', function: 'roads', valid_from: '2020-01-01' },
    on: '2024-07-01',
  })
})

it('merges and splits into units like the one that ends', () => {
  const both = { code: '990101000000-both', zh: '路水局', en: 'Both' }
  const merged = asChange(draft({ command: 'merge', others: [water.code], units: [both] }), roads, undefined)
  expect(merged).toMatchObject({ command: 'merge', from: [roads.code, water.code], into: { code: both.code, function: 'roads', valid_from: '2024-07-01' } })
  const split = asChange(draft({ command: 'split', units: [both, { ...both, code: '990101000000-rest' }] }), roads, undefined)
  expect(split).toMatchObject({ command: 'split', from: roads.code, into: [{ code: both.code }, { code: '990101000000-rest' }] })
})
