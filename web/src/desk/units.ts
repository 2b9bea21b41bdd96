/** What kinds of unit answer for cases, as far as their codes tell. */

export type UnitKind = 'department' | 'street' | 'community' | 'city'
export const UNIT_KINDS: UnitKind[] = ['department', 'street', 'community', 'city']

/** Of a unit's code: six digits of the division, three of the subdistrict, three of the community, and a name for a department. */
export function unitKind(code: string): UnitKind {
  if (code.slice(4, 6) === '00') return 'city'
  if (code.includes('-')) return 'department'
  return code.slice(9, 12) === '000' ? 'street' : 'community'
}
