/** Letters that nobody mistakes for one another, read over the telephone or from a slip of paper. */
const LETTERS = ['ABCDEFGHJKLMNPQRSTUVWXYZ', 'abcdefghijkmnpqrstuvwxyz', '23456789'] as const
const LENGTH = 16

/** A first password for somebody else: random, in groups of four, with letters of every kind in it. */
export function firstPassword(random: (most: number) => number = below): string {
  const all = LETTERS.join('')
  const chosen = Array.from({ length: LENGTH }, (_, at) => pick(LETTERS[at] ?? all, random))
  // The kinds that must be there do not stand at places that somebody knows.
  for (let at = chosen.length - 1; at > 0; at -= 1) {
    const other = random(at + 1)
    ;[chosen[at], chosen[other]] = [chosen[other] ?? '', chosen[at] ?? '']
  }
  return chosen.join('').replace(/(.{4})(?=.)/g, '$1-')
}

function pick(letters: string, random: (most: number) => number): string {
  return letters[random(letters.length)] ?? ''
}

/** A number below a bound, every one as likely: what would favour the small ones is drawn again. */
function below(bound: number): number {
  const limit = Math.floor(0x1_0000_0000 / bound) * bound
  const drawn = new Uint32Array(1)
  do crypto.getRandomValues(drawn)
  while ((drawn[0] ?? 0) >= limit)
  return (drawn[0] ?? 0) % bound
}
