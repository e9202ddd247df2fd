import { useState } from 'react'
import { Button, Dialog, TextInput, toast } from '../../components/index.ts'
import { goTo, openDialog, useServices, useTask } from '../../state/index.ts'
import { counted } from '../paths/index.ts'

/** Asks for the provider's address; the own provider needs no asking. */
export function openSendDialog(roots: readonly string[]): void {
  if (roots.length > 0) openDialog((close) => <SendDialog roots={roots} onClose={close} />)
}

function SendDialog({ roots, onClose }: { roots: readonly string[]; onClose: () => void }) {
  const { client, stores } = useServices()
  const { busy, run } = useTask()
  const [address, setAddress] = useState('')
  const valid = URL.canParse(address.trim())
  const send = () =>
    run('The deal could not be proposed', async () => {
      let last = ''
      for (const root of roots) {
        const deal = await client.deals.propose({ root, provider: address.trim() })
        stores.deals.put(deal)
        last = deal.dealId
      }
      toast.done(roots.length === 1 ? 'Deal proposed' : `${roots.length} deals proposed`)
      goTo('deals', roots.length === 1 ? last : null)
      onClose()
    })
  return (
    <Dialog
      title="Send to another provider"
      description={`Proposes ${counted(roots.length, 'deal')}. The provider fetches the data from this machine; you can watch it under Deals.`}
      width="sm"
      onClose={onClose}
      onSubmit={() => valid && !busy && void send()}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" disabled={!valid} busy={busy}>
            Send
          </Button>
        </>
      }
    >
      <TextInput
        label="Provider address"
        value={address}
        onChange={setAddress}
        error={address.trim() !== '' && !valid ? 'An address begins with http:// or https://.' : null}
        hint="What the provider told you, or what its Carport shows under Overview."
        code
        autoFocus
        placeholder="https://provider.example:7777"
      />
    </Dialog>
  )
}
