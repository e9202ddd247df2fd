import { toast } from '../toast.tsx'
import { type ExportOptions, exportFile } from './export-rows.ts'

/** From so many rows on it takes long enough to be told of. */
const MANY_ROWS = 10_000

/** Makes a file of the rows and hands it to the browser's own saving; large ones show how far they are. */
export async function saveRows<Row>(label: string, options: ExportOptions<Row>): Promise<void> {
  const { kind, rows } = options
  const stop = new AbortController()
  const count = rows.length.toLocaleString('en')
  const told = rows.length < MANY_ROWS ? null : toast.progress(`Exporting ${count} rows`, () => stop.abort())
  try {
    const file = await exportFile(options, {
      signal: stop.signal,
      onProgress: (fraction) => told?.update(`${Math.floor(fraction * 100)} %`),
    })
    saveBlob(`${label.toLowerCase()}.${kind}`, file)
    told?.close()
    toast.done(`${count} ${rows.length === 1 ? 'row' : 'rows'} exported`)
  } catch (error) {
    told?.close()
    if (!stop.signal.aborted) throw error
  }
}

/** Hands a file to the browser's own saving. */
export function saveBlob(name: string, content: Blob): void {
  const url = URL.createObjectURL(content)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}

/** The same for a text. */
export function saveText(name: string, text: string): void {
  saveBlob(name, new Blob([text], { type: 'text/plain' }))
}
