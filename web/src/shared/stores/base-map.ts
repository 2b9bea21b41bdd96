/** Layers of tiles under our own map, and what has to stand on it; as the server's settings say. */
export interface BaseMap {
  layers: { tiles: string[]; attribution: string; max_zoom: number }[]
  approval_number?: string
}

const NONE: BaseMap = { layers: [] }
let read: Promise<BaseMap> | undefined

/** What lies under our own map, read once. Without it the map is our own alone. */
export function baseMap(): Promise<BaseMap> {
  read ??= fetch('/base-map.json', { headers: { accept: 'application/json' } })
    .then(async (answer) => (answer.ok ? ((await answer.json()) as BaseMap) : NONE))
    .catch(() => {
      read = undefined
      return NONE
    })
  return read
}

/** What has to be named on the map, in its order and each once. */
export function namedOn(map: BaseMap): string[] {
  return [...new Set(map.layers.map((layer) => layer.attribution).filter(Boolean))]
}
