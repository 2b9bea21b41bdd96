/**
 * Of askings that overlap, the latest alone counts: what is returned is called as one begins, and its answer later tells
 * whether none has begun since.
 */
export function latest(): () => () => boolean {
  let turn = 0
  return () => {
    turn += 1
    const mine = turn
    return () => mine === turn
  }
}
