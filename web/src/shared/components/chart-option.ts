import type { BarSeriesOption, LineSeriesOption } from 'echarts/charts'
import type { GridComponentOption, TooltipComponentOption } from 'echarts/components'
import type { ComposeOption } from 'echarts/core'

export type ChartOption = ComposeOption<BarSeriesOption | LineSeriesOption | GridComponentOption | TooltipComponentOption>

/** The design language's tokens as they are now, light or dark: a chart names no colour of its own. */
export interface Inks {
  ink: string
  quiet: string
  rule: string
  strong: string
  surface: string
  accent: string
  near: string
  band: string
  letters: string
  /** Height of the small letters, in pixels. */
  size: number
}

export function inks(): Inks {
  const style = getComputedStyle(document.documentElement)
  const token = (name: string) => style.getPropertyValue(`--${name}`).trim()
  return {
    ink: token('ink'),
    quiet: token('ink-3'),
    rule: token('rule'),
    strong: token('rule-strong'),
    surface: token('surface'),
    accent: token('accent'),
    near: token('near'),
    band: token('level-1'),
    letters: token('font'),
    size: Number.parseFloat(style.fontSize) * 0.889,
  }
}

/** How a value is written. */
type Write = (value: number) => string
const plain: Write = (value) => String(value)

/** An axis of values: counts from nought in whole numbers, or parts of everything, up to everything. */
export interface Values {
  write: Write
  /** Where parts begin: lines may leave out what nothing reaches down to, as the axis tells; bars never do. */
  least?: number
}

/** What every chart has in common: thin rules, quiet letters, nothing that moves. */
export function frame(inks: Inks, categories: string[], series: ChartOption['series'], values?: Values): ChartOption {
  const write = values?.write ?? plain
  const letters = { color: inks.quiet, fontFamily: inks.letters, fontSize: inks.size }
  return {
    animation: false,
    textStyle: { fontFamily: inks.letters },
    grid: { left: 4, right: 12, top: 10, bottom: 2, containLabel: true },
    xAxis: {
      type: 'category',
      data: categories,
      axisLine: { lineStyle: { color: inks.strong } },
      axisTick: { show: false },
      axisLabel: { ...letters, hideOverlap: true },
    },
    yAxis: {
      type: 'value',
      min: values?.least ?? 0,
      ...(values ? { max: 1, interval: (1 - (values.least ?? 0)) / 4 } : { minInterval: 1, splitNumber: 3 }),
      axisLabel: { ...letters, formatter: write },
      splitLine: { lineStyle: { color: inks.rule } },
    },
    tooltip: {
      trigger: 'axis',
      // Drawn into the chart: the content security policy lets no styles in that stand in elements.
      renderMode: 'richText',
      axisPointer: { type: 'line', lineStyle: { color: inks.strong, width: 1 } },
      backgroundColor: inks.surface,
      borderColor: inks.strong,
      borderWidth: 1,
      textStyle: { color: inks.ink, fontFamily: inks.letters, fontSize: inks.size },
      valueFormatter: (value) => (typeof value === 'number' ? write(value) : '—'),
    },
    series,
  }
}

export function bars(inks: Inks, name: string, data: (number | null)[]): BarSeriesOption {
  return { type: 'bar', name, data, barMaxWidth: 22, barCategoryGap: '25%', itemStyle: { color: inks.accent } }
}

/** Signs that tell lines apart without their colour. */
export const LINE_SIGNS = ['circle', 'diamond', 'triangle', 'rect'] as const

export function line(inks: Inks, name: string, data: (number | null)[], at = 0): LineSeriesOption {
  const color = [inks.ink, inks.accent, inks.quiet, inks.near][at % 4] ?? inks.ink
  return {
    type: 'line',
    name,
    data,
    symbol: LINE_SIGNS[at % LINE_SIGNS.length] ?? 'circle',
    symbolSize: 6,
    lineStyle: { color, width: 1.5, type: at % 2 ? 'dashed' : 'solid' },
    itemStyle: { color },
  }
}

/** The space between the least and the most, as a pale band behind everything. */
export function band(inks: Inks, low: number[], high: number[]): LineSeriesOption[] {
  const part = (data: number[], color: string): LineSeriesOption => ({
    type: 'line',
    stack: 'band',
    step: 'middle',
    data,
    symbol: 'none',
    silent: true,
    tooltip: { show: false },
    lineStyle: { opacity: 0 },
    areaStyle: { color, opacity: color === 'transparent' ? 0 : 1 },
    z: 0,
  })
  return [part(low, 'transparent'), part(high.map((one, at) => one - (low[at] ?? 0)), inks.band)]
}
