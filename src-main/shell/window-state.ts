import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { type BrowserWindow, type Rectangle, screen } from 'electron'

export interface WindowState {
  /** Without x and y the window is centred. */
  bounds: { width: number; height: number; x?: number; y?: number }
  maximized: boolean
}

const FIRST: WindowState = { bounds: { width: 1280, height: 800 }, maximized: false }

/** What the last run kept; a place that no screen shows any more is not used. */
export function readWindowState(path: string): WindowState {
  const kept = parseState(path)
  if (kept === null) return FIRST
  const { width, height, x, y } = kept.bounds
  const isVisible = screen.getAllDisplays().some(({ bounds }) => overlaps(bounds, kept.bounds))
  return { bounds: isVisible ? { width, height, x, y } : { width, height }, maximized: kept.maximized }
}

/** Keeps size and place when the window is closed. A state that cannot be kept is no reason to bother anyone. */
export function keepWindowState(window: BrowserWindow, path: string): void {
  window.on('close', () => {
    try {
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, JSON.stringify({ bounds: window.getNormalBounds(), maximized: window.isMaximized() }))
    } catch {
      // The next start has the first size.
    }
  })
}

function parseState(path: string): { bounds: Rectangle; maximized: boolean } | null {
  try {
    const { bounds, maximized } = JSON.parse(readFileSync(path, 'utf8'))
    const numbers = [bounds.x, bounds.y, bounds.width, bounds.height]
    return numbers.every(Number.isInteger) ? { bounds, maximized: maximized === true } : null
  } catch {
    return null
  }
}

function overlaps(a: Rectangle, b: Rectangle): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
}
