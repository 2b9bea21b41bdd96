import { expect, it } from 'vitest'
import { namedOn } from '@/shared/stores/base-map'
import { style } from './map-style'

const nothing = { type: 'FeatureCollection', features: [] } as Parameters<typeof style>[0]

it('asks nobody for anything where no base map is set up', () => {
  const own = style(nothing, [], null)
  expect(Object.values(own.sources).map((source) => source.type)).toEqual(['geojson', 'geojson', 'geojson'])
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
