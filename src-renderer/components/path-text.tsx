import { classNames } from './class-names.ts'
import { Tooltip } from './tooltip.tsx'

/** Last part of a path: what a person calls the file. */
export function baseName(path: string): string {
  const parts = path.split(/[\\/]/).filter((part) => part !== '')
  return parts.at(-1) ?? path
}

/** Everything before the last part, with its separator. */
export function folderOf(path: string): string {
  const end = path.replace(/[\\/]+$/, '').search(/[^\\/]*$/)
  return path.slice(0, end)
}

const LONG_NAME = 36

/** A long name keeps its beginning, its distinguishing end and its extension: `baga6ea4se…rfbuqlq.full.idx`. */
function shortName(name: string): string {
  return name.length <= LONG_NAME ? name : `${name.slice(0, 10)}…${name.slice(-18)}`
}

interface PathTextProps {
  path: string
  className?: string
}

/** A path in one line: the folders give way first, the name stays. */
export function PathText({ path, className }: PathTextProps) {
  return (
    <Tooltip text={path} code>
      <span className={classNames('inline-flex min-w-0 max-w-full', className)}>
        <span className="truncate text-ink-faint">{folderOf(path)}</span>
        <span className="max-w-full shrink-0 truncate">{shortName(baseName(path))}</span>
      </span>
    </Tooltip>
  )
}
