// What of the chart library is used: nothing else comes along.
import { BarChart, LineChart } from 'echarts/charts'
import { GridComponent, TooltipComponent } from 'echarts/components'
import { init, use, type ECharts } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'

use([BarChart, LineChart, GridComponent, TooltipComponent, SVGRenderer])

/** Begins a chart in a box. As SVG: it prints sharply, and can be read at any size. */
export function begin(box: HTMLElement): ECharts {
  return init(box, null, { renderer: 'svg' })
}
