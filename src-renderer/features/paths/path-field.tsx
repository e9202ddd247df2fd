import { FolderOpen } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button, TextInput } from '../../components/index.ts'
import { attempt, useInfo, useServices } from '../../state/index.ts'

interface PathFieldProps {
  label: string
  value: string
  onChange: (path: string) => void
  /** What the native dialog offers; `save` asks for a place to write to. */
  pick: 'files' | 'folder' | 'car' | { save: string }
  hint?: ReactNode
  error?: string | null
  autoFocus?: boolean
}

/** A path on the machine of the engine: typed, or picked where the host has dialogs. */
export function PathField({ label, value, onChange, pick, hint, error, autoFocus = false }: PathFieldProps) {
  const { client } = useServices()
  const info = useInfo()
  const choose = () =>
    attempt('The dialog could not be opened', async () => {
      if (typeof pick === 'object') {
        const path = await client.system.pickSavePath({ suggestedName: pick.save })
        if (path !== null) onChange(path)
        return
      }
      const [path] = await client.system.pickPaths({ kind: pick })
      if (path !== undefined) onChange(path)
    })
  return (
    <TextInput
      label={label}
      value={value}
      onChange={onChange}
      hint={hint}
      error={error}
      code
      autoFocus={autoFocus}
      placeholder="/path/on/this/machine"
      action={
        info?.abilities.dialogs === true && (
          <Button icon={FolderOpen} onClick={() => void choose()}>
            Choose…
          </Button>
        )
      }
    />
  )
}
