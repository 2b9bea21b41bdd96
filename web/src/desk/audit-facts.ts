/**
 * What the journal holds of an event, as labels and values that people read. Facts are told by what they look like – a moment,
 * a unit, a number – and by the few keys whose numbers mean somebody or something, so that an event that nobody foresaw is
 * readable, too.
 */

/** A value as it is to be shown. */
export type Shown =
  | { as: 'text' | 'code' | 'moment' | 'unit' | 'matter' | 'account' | 'case' | 'number' | 'word' | 'said' | 'reference'; text: string }
  | { as: 'yes'; yes: boolean }
  | { as: 'title'; zh: string; en: string }
  | { as: 'list'; items: Shown[] }
  | { as: 'group'; facts: Fact[] }
export interface Fact {
  key: string
  shown: Shown
}

/** What the line above has said already, what another fact holds as well, and what only reckons. */
const SAID_ABOVE = ['at', 'by', 'fact', 'about', 'continues']
/** Of each clock the same hash of the rules. */
const OF_CLOCKS = ['model']
const ACCOUNTS = ['account', 'holder', 'people', 'workers']
const CASES = ['case', 'cases', 'into']
const UNIT = /^\d{12}(\d{3}|-\w+)?$/
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d/
const HASH = /^[0-9a-f]{32,}$/
const LONG_NUMBER = /^\d{18}$/
const WORD = /^[a-z]\w*$/

/** JSON whose numbers of eighteen digits stay what they are: as floating-point numbers they would become others. */
export function parseExactly(text: string): unknown {
  return JSON.parse(text.replace(/("(?:[^"\\]|\\.)*")|-?\d{16,}/g, (all: string, quoted?: string) => quoted ?? `"${all}"`))
}

/** The facts of an event in the order in which they are recorded; none where they cannot be read. */
export function factsOf(text: string): Fact[] {
  try {
    const found = parseExactly(text)
    if (!isRecord(found)) return []
    return factsIn(Object.fromEntries(Object.entries(found).filter(([key]) => !SAID_ABOVE.includes(key))))
  } catch {
    return []
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What a thing is called comes first, what has parts after what has none, and what is merely counted last. */
const FIRST = ['name', 'number', 'title', 'code', 'matter', 'kind', 'unit', 'role', 'class', 'limit', 'start', 'due', 'stopped']
const LAST = ['tally']
function place({ key, shown }: Fact): number {
  if (LAST.includes(key)) return 300
  if (!isLine(shown)) return 200
  return FIRST.includes(key) ? FIRST.indexOf(key) : 100
}

function factsIn(record: Record<string, unknown>): Fact[] {
  const facts = Object.entries(record).flatMap(([key, value]) => {
    // A thing within its own kind adds nothing but a level.
    if (key === 'clock' && isRecord(value)) return factsIn(value)
    if ('clock' in record && OF_CLOCKS.includes(key)) return []
    const shown = shownAs(key, value)
    return shown ? [{ key, shown }] : []
  })
  return facts.sort((a, b) => place(a) - place(b))
}

function shownAs(key: string, value: unknown): Shown | undefined {
  if (value === null || value === undefined || value === '') return undefined
  if (typeof value === 'boolean') return { as: 'yes', yes: value }
  if (typeof value === 'number') return /^districts?$/.test(key) ? { as: 'unit', text: `${value}000000` } : { as: 'text', text: String(value) }
  if (typeof value === 'string') return { as: kindOf(key, value), text: value }
  if (Array.isArray(value)) return { as: 'list', items: value.flatMap((one) => shownAs(key, one) ?? []) }
  if (!isRecord(value)) return undefined
  const { account, at, sha256, zh, en, lat, lon } = value
  const size = Object.keys(value).length
  if (size === 1 && account !== undefined) return { as: 'account', text: String(account) }
  if (size === 1 && typeof at === 'string') return { as: 'moment', text: at }
  // Words are kept apart, where they can be erased; the journal has their hash.
  if (typeof sha256 === 'string' && ('id' in value || 'nth' in value)) return { as: 'said', text: sha256 }
  if (typeof zh === 'string') return { as: 'title', zh, en: typeof en === 'string' ? en : '' }
  if (size === 2 && typeof lat === 'number' && typeof lon === 'number') return { as: 'text', text: `${lat}, ${lon}` }
  return { as: 'group', facts: factsIn(value) }
}

function kindOf(key: string, value: string): Exclude<Shown['as'], 'yes' | 'title' | 'list' | 'group'> {
  if (MOMENT.test(value)) return 'moment'
  if (UNIT.test(value)) return 'unit'
  if (LONG_NUMBER.test(value)) return ACCOUNTS.includes(key) ? 'account' : CASES.includes(key) ? 'case' : 'number'
  if (HASH.test(value)) return 'code'
  if (key === 'matter') return 'matter'
  if (/^@\w+:/.test(value)) return 'reference'
  if (key === 'limit' || key === 'more' || key === 'left' || WORD.test(value)) return 'word'
  return 'text'
}

/** Whether a value is one, without parts. */
export const isSimple = (shown: Shown): boolean => shown.as !== 'list' && shown.as !== 'group'
/** Whether a value stands in a line: it is one, or several that are. */
const isLine = (shown: Shown): boolean => isSimple(shown) || (shown.as === 'list' && shown.items.every(isSimple))
/** Whether a thing is told in one line. */
export const isShort = (shown: Shown): boolean => shown.as === 'group' && shown.facts.length <= 5 && shown.facts.every((one) => isSimple(one.shown))

/** Things of one kind as a table: what their columns are, and what stands in each; `undefined` where they are told otherwise. */
export function tableOf(items: Shown[]): { columns: string[]; rows: (Shown | undefined)[][] } | undefined {
  const groups = items.flatMap((one) => (one.as === 'group' ? [one.facts] : []))
  if (groups.length < 2 || groups.length < items.length || !groups.flat().every((fact) => isLine(fact.shown))) return undefined
  const facts = groups.flat().sort((a, b) => place(a) - place(b))
  const columns = [...new Set(facts.map((fact) => fact.key))]
  return { columns, rows: groups.map((group) => columns.map((key) => group.find((fact) => fact.key === key)?.shown)) }
}
