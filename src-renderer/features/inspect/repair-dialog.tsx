import { useState } from 'react'
import { useStore } from 'zustand'
import type { CarVerdict, SystemInfo } from '../../../src-shared/contract/index.ts'
import { Button, baseName, Dialog, folderOf, toast } from '../../components/index.ts'
import { useInfo, useServices, useTask } from '../../state/index.ts'
import { PathField } from '../paths/index.ts'
import { inspection, showRepaired } from './inspection.ts'
import { repairWords } from './verdict-words.ts'

/** Writes a repaired copy; the original is not touched. */
export function RepairDialog({ verdict, onClose }: { verdict: CarVerdict; onClose: () => void }) {
  const { client } = useServices()
  const { busy, run } = useTask()
  const [outPath, setOutPath] = useState(repairedPath(verdict.path, useInfo(), useStore(inspection).dropped !== null))
  const repair = () =>
    run('The CAR could not be repaired', async () => {
      const repaired = await client.inspect.repair({ path: verdict.path, outPath: outPath.trim() })
      showRepaired(repaired.verdict, repaired.actions)
      toast.done('A repaired copy was written', { description: repaired.outPath })
      onClose()
    })
  return (
    <Dialog
      title={`Repair ${baseName(verdict.path)}`}
      description={`Carport writes a copy to ${repairWords(verdict.repairs)} there. The original is not touched.`}
      onClose={onClose}
      onSubmit={() => outPath.trim() !== '' && !busy && void repair()}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" disabled={outPath.trim() === ''} busy={busy}>
            Repair
          </Button>
        </>
      }
    >
      <PathField
        label="Repaired copy"
        value={outPath}
        onChange={setOutPath}
        pick={{ save: repairedName(verdict.path) }}
        autoFocus
      />
    </Dialog>
  )
}

/** Beside the file; for a copy of what was dropped in a browser, in the data directory. */
function repairedPath(path: string, info: SystemInfo | null, isCopy: boolean): string {
  return isCopy && info !== null ? `${info.dataDir}/${repairedName(path)}` : `${folderOf(path)}${repairedName(path)}`
}

function repairedName(path: string): string {
  return `${baseName(path).replace(/\.car$/i, '')}.repaired.car`
}
