import { expect, it } from 'vitest'
import { factsOf, isShort, parseExactly, tableOf } from './audit-facts'

it('keeps numbers of eighteen digits what they are', () => {
  expect(parseExactly('{"case":240315093022100123,"few":12,"words":"240315093022100123, \\"7\\" 99999999999999999"}')).toEqual({
    case: '240315093022100123',
    few: 12,
    words: '240315093022100123, "7" 99999999999999999',
  })
})

it('tells moments, units, people, cases and words by what they look like', () => {
  const facts = factsOf(
    JSON.stringify({
      at: '2024-03-15T01:30:22Z',
      by: 'program',
      fact: 'dispatched',
      about: { areas: ['630104001000'] },
      assignments: [{ number: 1, offered_at: '2024-03-15T01:30:22Z', part: 'lead', unit: '630104000000-roads' }],
      limit_class: 'class_b',
      matter: '0101',
      note: { decision: 5, nth: 0, sha256: 'ab'.repeat(32) },
    }).replace('"class_b"', '"class_b","holder":240315093022100123,"case":240315093022100124,"attachment":240315093022100125'),
  )
  expect(facts).toEqual([
    { key: 'matter', shown: { as: 'matter', text: '0101' } },
    { key: 'limit_class', shown: { as: 'word', text: 'class_b' } },
    { key: 'holder', shown: { as: 'account', text: '240315093022100123' } },
    { key: 'case', shown: { as: 'case', text: '240315093022100124' } },
    { key: 'attachment', shown: { as: 'number', text: '240315093022100125' } },
    { key: 'note', shown: { as: 'said', text: 'ab'.repeat(32) } },
    {
      key: 'assignments',
      shown: {
        as: 'list',
        items: [
          {
            as: 'group',
            facts: [
              { key: 'number', shown: { as: 'text', text: '1' } },
              { key: 'unit', shown: { as: 'unit', text: '630104000000-roads' } },
              { key: 'offered_at', shown: { as: 'moment', text: '2024-03-15T01:30:22Z' } },
              { key: 'part', shown: { as: 'word', text: 'lead' } },
            ],
          },
        ],
      },
    },
  ])
})

it('flattens what has a level for nothing, and leaves out what was not recorded', () => {
  const [clocks, row] = factsOf(
    '{"clocks":[{"clock":{"due":{"at":"2024-03-15T01:30:22Z"},"limit":"2 work_hours"},"model":"abc","name":"overall"}],"row":{"demand":null,"lead":"@function:roads","districts":[630104]}}',
  )
  expect(clocks?.shown).toEqual({
    as: 'list',
    items: [
      {
        as: 'group',
        facts: [
          { key: 'name', shown: { as: 'word', text: 'overall' } },
          { key: 'limit', shown: { as: 'word', text: '2 work_hours' } },
          { key: 'due', shown: { as: 'moment', text: '2024-03-15T01:30:22Z' } },
        ],
      },
    ],
  })
  expect(row?.shown).toEqual({
    as: 'group',
    facts: [
      { key: 'lead', shown: { as: 'reference', text: '@function:roads' } },
      { key: 'districts', shown: { as: 'list', items: [{ as: 'unit', text: '630104000000' }] } },
    ],
  })
  expect(row && isShort(row.shown)).toBe(false)
})

it('reads what nobody foresaw, and nothing where there is nothing to read', () => {
  expect(factsOf('{"newly_made":{"of_a":"Kind of its own"}}')).toEqual([
    { key: 'newly_made', shown: { as: 'group', facts: [{ key: 'of_a', shown: { as: 'text', text: 'Kind of its own' } }] } },
  ])
  expect(factsOf('not JSON')).toEqual([])
  expect(factsOf('[1]')).toEqual([])
})

it('puts things of one kind into a table, and what has parts of its own not', () => {
  const [units] = factsOf('{"units":[{"unit":"630104000000","n":3,"drawn":1},{"unit":"630105000000","kinds":["district","city"]}]}')
  const items = units?.shown.as === 'list' ? units.shown.items : []
  expect(tableOf(items)).toEqual({
    columns: ['unit', 'n', 'drawn', 'kinds'],
    rows: [
      [{ as: 'unit', text: '630104000000' }, { as: 'text', text: '3' }, { as: 'text', text: '1' }, undefined],
      [
        { as: 'unit', text: '630105000000' },
        undefined,
        undefined,
        {
          as: 'list',
          items: [
            { as: 'word', text: 'district' },
            { as: 'word', text: 'city' },
          ],
        },
      ],
    ],
  })
  expect(tableOf(items.slice(1))).toBeUndefined()
  const [deep] = factsOf('{"of":[{"a":{"b":{"c":1}}},{"a":{"b":{"c":2}}}]}')
  expect(deep?.shown.as === 'list' && tableOf(deep.shown.items)).toBeUndefined()
})
