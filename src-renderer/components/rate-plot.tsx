import { useEffect, useRef } from 'react'
import uPlot from 'uplot'
import { formatRate } from '../../src-shared/format/index.ts'
import { clockText } from './time-text.ts'

interface RatePlotProps {
  /** Seconds since the epoch, and bytes per second, of equal length. */
  times: readonly number[]
  inRates: readonly number[]
  outRates: readonly number[]
  /** Width of the time axis in seconds. */
  spanSeconds: number
  heightPx?: number
}

/** Rates over the last minutes. Colours are read from the theme whenever it changes. */
export function RatePlot({ times, inRates, outRates, spanSeconds, heightPx = 132 }: RatePlotProps) {
  const host = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | null>(null)

  useEffect(() => {
    const element = host.current
    if (element === null) return
    const make = () => {
      plot.current?.destroy()
      plot.current = new uPlot(options(element, heightPx), [[], [], []], element)
    }
    make()
    const resized = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height: heightPx }))
    resized.observe(element)
    const rethemed = new MutationObserver(make)
    rethemed.observe(document.documentElement, { attributeFilter: ['data-theme'] })
    return () => {
      resized.disconnect()
      rethemed.disconnect()
      plot.current?.destroy()
      plot.current = null
    }
  }, [heightPx])

  useEffect(() => {
    const end = times.at(-1) ?? Math.floor(Date.now() / 1000)
    plot.current?.batch(() => {
      plot.current?.setData([[...times], [...inRates], [...outRates]], false)
      plot.current?.setScale('x', { min: end - spanSeconds, max: end })
      plot.current?.setScale('y', { min: 0, max: Math.max(64 * 1024, ...inRates, ...outRates) * 1.15 })
    })
  })

  const peak = Math.max(0, ...inRates, ...outRates)
  return (
    <div
      ref={host}
      role="img"
      aria-label={`Rates of the last ${Math.round(spanSeconds / 60)} minutes, at most ${formatRate(peak)}.`}
      style={{ height: heightPx }}
    />
  )
}

/** Steps of the axes: round times, and rates that are round in binary units. */
const SECONDS = [15, 30, 60, 120]
const POWERS_OF_TWO = Array.from({ length: 40 }, (_, power) => 2 ** power)

function options(element: HTMLElement, height: number): uPlot.Options {
  const token = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim()
  const axis = { stroke: token('--ink-faint'), font: '11px "Inter Variable"', ticks: { show: false } }
  const grid = { stroke: token('--line'), width: 1 }
  const series = (name: string, stroke: string, dash?: number[]): uPlot.Series => ({
    label: name,
    stroke,
    width: 1.5,
    points: { show: false },
    fill: dash === undefined ? `color-mix(in oklch, ${stroke} 12%, transparent)` : undefined,
    dash,
  })
  return {
    width: element.clientWidth,
    height,
    padding: [8, 0, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: true, auto: false }, y: { auto: false } },
    axes: [
      {
        ...axis,
        grid: { show: false },
        space: 100,
        size: 22,
        incrs: SECONDS,
        values: (_plot, ticks) => ticks.map((tick) => clockText(tick * 1000)),
      },
      {
        ...axis,
        grid,
        size: 76,
        space: 34,
        incrs: POWERS_OF_TWO,
        values: (_plot, ticks) => ticks.map((tick) => formatRate(tick)),
      },
    ],
    series: [{}, series('In', token('--rate-in')), series('Out', token('--rate-out'), [5, 3])],
  }
}
