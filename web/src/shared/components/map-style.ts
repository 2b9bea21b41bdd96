import type { FeatureCollection } from 'geojson'
import type { ExpressionSpecification, LayerSpecification, StyleSpecification } from 'maplibre-gl'
import type { BaseMap } from '@/shared/stores/base-map'
import { told } from '@/shared/api/client'
import type { Outlines } from '@/shared/stores/outlines'

/** A point on the map. */
export interface MapPoint {
  id: string
  lon: number
  lat: number
  /** `open` is a filled dot, `done` a hollow one, `late` a filled triangle: told apart without colours. */
  look: 'open' | 'done' | 'late'
  title: string
  /** How many lie there; more than one is written on a larger dot. */
  count?: number
}

/** West, south, east, north in degrees. */
export type Box = [number, number, number, number]

/** A colour of the design language as the page has it now. */
function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()
}

/** Our own map: land, borders, and nothing from anywhere else but the tiles that were set up to lie under it. */
export function style(
  outlines: Outlines,
  points: MapPoint[],
  picked: [number, number] | null,
  base: BaseMap = { layers: [] },
  about: [number, number] | null = null,
): StyleSpecification {
  const tiles = base.layers.map(({ tiles, max_zoom }, at) => ({
    id: `base-${at}`,
    source: { type: 'raster' as const, tiles, tileSize: 256, maxzoom: max_zoom },
  }))
  return {
    version: 8,
    sources: {
      ...Object.fromEntries(tiles.map(({ id, source }) => [id, source])),
      areas: { type: 'geojson', data: outlines as FeatureCollection },
      names: { type: 'geojson', data: nameData(outlines) },
      about: { type: 'geojson', data: aboutData(about) },
      points: { type: 'geojson', data: pointData(points) },
      picked: { type: 'geojson', data: pickedData(picked) },
    },
    layers: [
      { id: 'paper', type: 'background', paint: { 'background-color': token('sunken') } },
      ...tiles.map(({ id }) => ({ id, type: 'raster' as const, source: id })),
      {
        id: 'land',
        type: 'fill',
        source: 'areas',
        // What lies under it is the land.
        paint: { 'fill-color': token('map-land'), 'fill-opacity': tiles.length ? 0 : 1 },
      },
      {
        id: 'borders',
        type: 'line',
        source: 'areas',
        filter: ['!', ['in', ['get', 'kind'], ['literal', FINEST]]],
        paint: {
          'line-color': ['match', ['get', 'kind'], 'district', token('map-line-strong'), token('map-line')],
          'line-width': ['match', ['get', 'kind'], 'district', 1.6, 0.8],
        },
      },
      {
        id: 'borders-finest',
        type: 'line',
        source: 'areas',
        minzoom: 12,
        filter: ['in', ['get', 'kind'], ['literal', FINEST]],
        paint: { 'line-color': token('map-line'), 'line-width': 0.5 },
      },
      {
        id: 'about',
        type: 'fill',
        source: 'about',
        paint: { 'fill-color': token('accent'), 'fill-opacity': 0.14 },
      },
      {
        id: 'about-edge',
        type: 'line',
        source: 'about',
        paint: { 'line-color': token('accent'), 'line-width': 2, 'line-dasharray': [3, 2] },
      },
      // Tiles that lie under it name what is there; the letters are the system's, so none are fetched.
      ...(tiles.length ? [] : namesOf()),
      {
        id: 'points',
        type: 'circle',
        source: 'points',
        paint: {
          'circle-radius': ['interpolate', ['linear'], ['zoom'], 10, ['+', 4, MORE], 15, ['+', 8, MORE]],
          'circle-color': [
            'match',
            ['get', 'look'],
            'done',
            token('surface'),
            'late',
            token('late'),
            token('accent'),
          ],
          'circle-stroke-color': ['match', ['get', 'look'], 'late', token('late'), token('accent')],
          'circle-stroke-width': 2,
        },
      },
      {
        id: 'counts',
        type: 'symbol',
        source: 'points',
        filter: ['>', ['get', 'count'], 1],
        layout: {
          'text-field': ['to-string', ['get', 'count']],
          'text-size': 12,
          'text-allow-overlap': true,
          'text-ignore-placement': true,
        },
        paint: { 'text-color': ['match', ['get', 'look'], 'done', token('accent'), token('surface')] },
      },
      {
        id: 'picked-ring',
        type: 'circle',
        source: 'picked',
        paint: {
          'circle-radius': 14,
          'circle-color': 'rgba(0,0,0,0)',
          'circle-stroke-color': token('ink'),
          'circle-stroke-width': 2,
        },
      },
      { id: 'picked', type: 'circle', source: 'picked', paint: { 'circle-radius': 5, 'circle-color': token('late') } },
    ],
  }
}

/** How much larger a dot is than one of a single case, in pixels. */
const MORE: ExpressionSpecification = ['case', ['>', ['get', 'count'], 1], ['min', 14, ['+', 5, ['sqrt', ['get', 'count']]]], 0]

/** Communities and villages: the finest areas that have a name on the map. */
const FINEST = ['community', 'village']

/** Names by how near somebody looks: districts from afar, subdistricts nearer, communities in the streets. */
function namesOf(): LayerSpecification[] {
  const layer = (id: string, kinds: string[], isOf: boolean, size: number, zoom: [number, number]): LayerSpecification => ({
    id,
    type: 'symbol',
    source: 'names',
    minzoom: zoom[0],
    maxzoom: zoom[1],
    filter: isOf ? ['in', ['get', 'kind'], ['literal', kinds]] : ['!', ['in', ['get', 'kind'], ['literal', kinds]]],
    layout: {
      'text-field': ['get', 'name'],
      'text-size': size,
      'text-max-width': 7,
      'text-padding': 4,
    },
    paint: {
      'text-color': token('ink-2'),
      'text-halo-color': token('map-land'),
      'text-halo-width': 1.5,
    },
  })
  return [
    layer('names-finest', FINEST, true, 12, [13, 24]),
    layer('names-middle', ['district', ...FINEST], false, 12, [10.5, 14.5]),
    layer('names-district', ['district'], true, 14, [0, 11.5]),
  ]
}

type Ring = [number, number][]

/** Twice the area of a ring, and its centre of gravity. */
function centreOf(ring: Ring): { area: number; at: [number, number] } {
  let area = 0
  let x = 0
  let y = 0
  ring.forEach(([x1, y1], at) => {
    const [x2, y2] = ring[(at + 1) % ring.length] ?? [x1, y1]
    const part = x1 * y2 - x2 * y1
    area += part
    x += (x1 + x2) * part
    y += (y1 + y2) * part
  })
  const first = ring[0] ?? [0, 0]
  return { area: Math.abs(area), at: area ? [x / (3 * area), y / (3 * area)] : first }
}

/** A name for every area, in the middle of its largest part. */
export function nameData(outlines: Outlines): FeatureCollection {
  return {
    type: 'FeatureCollection',
    features: outlines.features.map(({ properties: { kind, title }, geometry }) => {
      const parts = geometry.coordinates.map((polygon) => centreOf((polygon[0] ?? []) as Ring))
      const largest = parts.reduce((best, part) => (part.area > best.area ? part : best), { area: -1, at: [0, 0] })
      return {
        type: 'Feature',
        properties: { kind, name: told(title) },
        geometry: { type: 'Point', coordinates: largest.at },
      }
    }),
  }
}

/** How long a name is before it goes on in the next line, and what is left free around it: as the layers of names have it. */
const LINE = 7
const LARGEST = 14

/** Of some names those that stand whole on a map of a size, where each lies said in pixels: half a name names nothing. */
export function namesWithin(names: FeatureCollection, project: (at: [number, number]) => { x: number; y: number }, width: number, height: number): FeatureCollection {
  const features = names.features.filter(({ geometry, properties }) => {
    if (geometry.type !== 'Point') return false
    const letters = [...String(properties?.['name'] ?? '')].reduce((sum, letter) => sum + (letter.charCodeAt(0) > 0x2e7f ? 1 : 0.55), 0)
    const halfWidth = (Math.min(letters, LINE) * LARGEST) / 2
    const halfHeight = (Math.ceil(letters / LINE) * LARGEST * 1.2) / 2
    const { x, y } = project(geometry.coordinates as [number, number])
    // What is wholly beside the map is as good as not there: it comes with the next move.
    return x >= halfWidth && x <= width - halfWidth && y >= halfHeight && y <= height - halfHeight
  })
  return { type: 'FeatureCollection', features }
}

/** Half the side of the cell in which a published case is said to lie, in metres. */
const ABOUT = 500

/** A circle around a place that is known to about a kilometre. */
export function aboutData(at: [number, number] | null): FeatureCollection {
  if (!at) return { type: 'FeatureCollection', features: [] }
  const [lon, lat] = at
  const north = ABOUT / 111_320
  const east = north / Math.cos((lat * Math.PI) / 180)
  const ring = Array.from({ length: 49 }, (_, step) => {
    const turn = (step / 48) * 2 * Math.PI
    return [lon + east * Math.cos(turn), lat + north * Math.sin(turn)]
  })
  return {
    type: 'FeatureCollection',
    features: [{ type: 'Feature', properties: {}, geometry: { type: 'Polygon', coordinates: [ring] } }],
  }
}

export function pointData(points: MapPoint[]): FeatureCollection {
  return {
    type: 'FeatureCollection',
    features: points.map(({ id, lon, lat, look, title, count = 1 }) => ({
      type: 'Feature',
      properties: { id, look, title, count },
      geometry: { type: 'Point', coordinates: [lon, lat] },
    })),
  }
}

export function pickedData(at: [number, number] | null): FeatureCollection {
  return {
    type: 'FeatureCollection',
    features: at ? [{ type: 'Feature', properties: {}, geometry: { type: 'Point', coordinates: at } }] : [],
  }
}

/** The box of one area. */
export function boundsOfArea(outlines: Outlines, code: string | undefined): Box | undefined {
  const features = outlines.features.filter(({ properties }) => properties.code === code)
  return bounds({ ...outlines, features }, [])
}

/** The box of all points, or of all areas where there is no point. */
export function bounds(outlines: Outlines, points: MapPoint[]): Box | undefined {
  const found: Box = [Infinity, Infinity, -Infinity, -Infinity]
  const add = (lon: number, lat: number) => {
    found[0] = Math.min(found[0], lon)
    found[1] = Math.min(found[1], lat)
    found[2] = Math.max(found[2], lon)
    found[3] = Math.max(found[3], lat)
  }
  for (const point of points) add(point.lon, point.lat)
  if (!points.length) {
    const corners = outlines.features.flatMap((feature) => feature.geometry.coordinates.flat(2))
    for (const [lon, lat] of corners) add(lon ?? 0, lat ?? 0)
  }
  return Number.isFinite(found[0]) ? found : undefined
}
