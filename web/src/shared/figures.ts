/** 0.946866 as `94.7 %`; nothing for nothing. */
export function percent(value: number | null | undefined): string | undefined {
  return value === null || value === undefined ? undefined : `${(value * 100).toFixed(1)} %`
}
