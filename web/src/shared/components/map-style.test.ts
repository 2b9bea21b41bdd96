import { expect, it } from 'vitest'
import { namedOn } from '@/shared/stores/base-map'
import { aboutData, boundsOfArea, nameData, namesWithin, style } from './map-style'

const nothing = { type: 'FeatureCollection', features: [] } as Parameters<typeof style>[0]

it('asks nobody for anything where no base map is set up', () => {
  const own = style(nothing, [], null)
  expect(Object.values(own.sources).map((source) => source.type)).toEqual(Array(5).fill('geojson'))
  expect(JSON.stringify(own)).not.toContain('http')
})

it('lays tiles under borders and points, and lets them show through', () => {
  const layers = [
    { tiles: ['https://a.example/{z}/{x}/{y}'], attribution: '某图', max_zoom: 17 },
    { tiles: ['https://b.example/{z}/{x}/{y}'], attribution: '某图', max_zoom: 18 },
  ]
  const { sources, layers: shown } = style(nothing, [], null, { layers })
  expect(sources['base-0']).toEqual({ type: 'raster', tiles: layers[0]?.tiles, tileSize: 256, maxzoom: 17 })
  expect(shown.map((layer) => layer.id).slice(0, 5)).toEqual(['paper', 'base-0', 'base-1', 'land', 'borders'])
  expect(shown.find((layer) => layer.id === 'land')).toMatchObject({ paint: { 'fill-opacity': 0 } })
  expect(namedOn({ layers })).toEqual(['某图'])
})

it('leaves out the names that the edge of a map would cut', () => {
  const name = (words: string, x: number, y: number) => ({
    type: 'Feature' as const,
    properties: { name: words },
    geometry: { type: 'Point' as const, coordinates: [x, y] },
  })
  const all = [name('虎台街道', 100, 50), name('虎台街道', 20, 50), name('虎台街道', 100, 4), name('台', 20, 50), name('A Street', 175, 50)]
  const found = namesWithin({ type: 'FeatureCollection', features: all }, ([x, y]) => ({ x, y }), 200, 100)
  expect(found.features).toEqual([all[0], all[3]])
  expect(namesWithin({ type: 'FeatureCollection', features: all }, ([x, y]) => ({ x, y }), 300, 100).features).toContain(all[4])
})

it('names every area in the middle of its largest part, with letters that nobody has to be asked for', () => {
  const square = (at: number, side: number) => [[[at, at], [at + side, at], [at + side, at + side], [at, at + side], [at, at]]]
  const title = { zh: '某街道', en: 'Some Subdistrict' }
  const outlines = {
    type: 'FeatureCollection',
    features: [
      {
        type: 'Feature',
        properties: { code: '1', kind: 'subdistrict', title },
        geometry: { type: 'MultiPolygon', coordinates: [square(50, 1), square(10, 4)] },
      },
    ],
  } as Parameters<typeof nameData>[0]
  const [name] = nameData(outlines).features
  expect(name?.geometry).toEqual({ type: 'Point', coordinates: [12, 12] })
  expect(boundsOfArea(outlines, '1')).toEqual([10, 10, 51, 51])
  expect(boundsOfArea(outlines, '2')).toBeUndefined()
  const own = style(outlines, [], null)
  expect(own.glyphs).toBeUndefined()
  const names = ({ layers }: typeof own) => layers.filter((layer) => layer.id.startsWith('names-'))
  expect(names(own)).toHaveLength(3)
  // Tiles that lie under it have names of their own.
  const tiled = style(outlines, [], null, { layers: [{ tiles: ['https://a.example'], attribution: '', max_zoom: 17 }] })
  expect(names(tiled)).toHaveLength(0)
})

it('draws a place that is known to about a kilometre as a circle of that size', () => {
  const [circle] = aboutData([101.7, 36.6]).features
  const ring = circle?.geometry.type === 'Polygon' ? (circle.geometry.coordinates[0] ?? []) : []
  const [east, north] = [ring[0] ?? [], ring[12] ?? []]
  expect(((north[1] ?? 0) - 36.6) * 111_320).toBeCloseTo(500, 0)
  expect(((east[0] ?? 0) - 101.7) * 111_320 * Math.cos((36.6 * Math.PI) / 180)).toBeCloseTo(500, 0)
  expect(aboutData(null).features).toEqual([])
})
