import type { Schemas } from '@/shared/api/client'

/** What an administrator wants of the tree; several of them are one command of the interface. */
export const COMMANDS = ['add', 'rename', 'move', 'end', 'merge', 'split'] as const
export type Command = (typeof COMMANDS)[number]

/** A unit that is being described. */
export interface UnitDraft {
  code: string
  zh: string
  en: string
}

export interface ChangeDraft {
  command: Command
  /** The unit that it is about; nothing where one is added. */
  unit: string
  /** The units that merge into it. */
  others: string[]
  /** The unit that takes its place. */
  successor: string
  /** The new parent. */
  parent: string
  kind: Schemas['UnitKindName']
  function: string
  on: string
  /** The new names, or the new units. */
  units: UnitDraft[]
}

export const emptyUnit = (): UnitDraft => ({ code: '', zh: '', en: '' })
export const emptyChange = (today: string): ChangeDraft => ({
  command: 'add',
  unit: '',
  others: [],
  successor: '',
  parent: '',
  kind: 'department',
  function: '',
  on: today,
  units: [emptyUnit()],
})

type Unit = Schemas['Unit']

/** The command that a draft amounts to. `known` is the unit that it is about, `successor` the one that takes its place. */
export function asChange(draft: ChangeDraft, known: Unit | undefined, successor: Unit | undefined): Schemas['UnitChange'] {
  const named = (unit: UnitDraft) => ({ zh: unit.zh.trim(), en: unit.en.trim() || unit.zh.trim() })
  const fresh = (unit: UnitDraft, like?: Unit): Schemas['NewUnit'] => ({
    code: unit.code.trim(),
    kind: like?.kind ?? draft.kind,
    title: named(unit),
    parent: (like ? like.parent?.code : draft.parent) || undefined,
    function: (like ? like.function : draft.function.trim()) || undefined,
    valid_from: draft.on,
  })
  const same = (unit: Unit, change: Partial<Schemas['NewUnit']> = {}): Schemas['NewUnit'] => ({
    code: unit.code,
    kind: unit.kind,
    title: unit.title,
    parent: unit.parent?.code,
    function: unit.function,
    valid_from: unit.valid_from,
    ...change,
  })
  const first = draft.units[0] ?? emptyUnit()
  if (draft.command === 'add' || !known) return { command: 'add', units: draft.units.map((unit) => fresh(unit)) }
  switch (draft.command) {
    case 'rename':
      return { command: 'amend', unit: same(known, { title: named(first) }) }
    case 'move':
      return { command: 'amend', unit: same(known, { parent: draft.parent || undefined }) }
    case 'end':
      // One unit ends, another goes on: the interface knows that as a merger into the one that goes on.
      return { command: 'merge', from: [known.code, ...(successor ? [successor.code] : [])], into: same(successor ?? known), on: draft.on }
    case 'merge':
      return { command: 'merge', from: [known.code, ...draft.others], into: fresh(first, known), on: draft.on }
    case 'split':
      return { command: 'split', from: known.code, into: draft.units.map((unit) => fresh(unit, known)), on: draft.on }
  }
}
