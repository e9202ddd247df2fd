import { useStore } from 'zustand'
import { Button, Dialog, saveText, useCopy } from '../../components/index.ts'
import { openDialog, useInfo, useLoaded, useServices, useStatus } from '../../state/index.ts'
import { diagnosticsText } from './diagnostics.ts'

export function openDiagnosticsDialog(): void {
  openDialog((close) => <DiagnosticsDialog onClose={close} />)
}

/** Shows everything that would be in the file before it is saved. Nothing is sent anywhere. */
function DiagnosticsDialog({ onClose }: { onClose: () => void }) {
  const { client, stores } = useServices()
  const info = useInfo()
  const { value: status } = useStatus()
  const { lines } = useStore(stores.logs)
  const settings = useLoaded('settings', (signal) => client.settings.show(undefined, { signal }))
  const { copied, copy } = useCopy()
  const text = diagnosticsText({
    info,
    status,
    settings: settings.value?.settings ?? [],
    lines,
    userAgent: navigator.userAgent,
  })
  return (
    <Dialog
      title="Diagnostics"
      description="For a report of a defect. Home folders and secrets are left out; read it before you pass it on. Nothing is sent."
      width="lg"
      onClose={onClose}
      footer={
        <>
          <Button onClick={() => copy(text)}>{copied ? 'Copied' : 'Copy'}</Button>
          <Button kind="primary" onClick={() => saveText('carport-diagnostics.txt', text)}>
            Save
          </Button>
        </>
      }
    >
      <pre
        tabIndex={0}
        className="selectable max-h-100 overflow-auto rounded-md bg-sunken p-3 text-2xs text-ink-soft leading-4"
      >
        {text}
      </pre>
    </Dialog>
  )
}
