import type { FeatureCollection } from 'geojson'
import type { StyleSpecification } from 'maplibre-gl'
import type { BaseMap } from '@/shared/stores/base-map'
import type { Outlines } from '@/shared/stores/outlines'

/** A point on the map. */
export interface MapPoint {
  id: string
  lon: number
  lat: number
  /** `open` is a filled dot, `done` a hollow one, `late` a filled triangle: told apart without colours. */
  look: 'open' | 'done' | 'late'
  title: string
}

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
        paint: {
          'line-color': ['match', ['get', 'kind'], 'district', token('map-line-strong'), token('map-line')],
          'line-width': ['match', ['get', 'kind'], 'district', 1.6, 0.8],
        },
      },
      {
        id: 'points',
        type: 'circle',
        source: 'points',
        paint: {
          'circle-radius': ['interpolate', ['linear'], ['zoom'], 10, 4, 15, 8],
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

export function pointData(points: MapPoint[]): FeatureCollection {
  return {
    type: 'FeatureCollection',
    features: points.map(({ id, lon, lat, look, title }) => ({
      type: 'Feature',
      properties: { id, look, title },
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

/** West, south, east, north of everything. */
export function bounds(outlines: Outlines, points: MapPoint[]): [number, number, number, number] | undefined {
  const found: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity]
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
