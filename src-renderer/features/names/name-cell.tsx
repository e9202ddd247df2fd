import { Cid } from '../../components/index.ts'

/** What a person calls it; the CID where nobody here gave it a name. */
export function NameCell({ name, cid, kind }: { name: string | null; cid: string; kind: string }) {
  return name === null ? <Cid value={cid} kind={kind} /> : <span className="truncate font-medium">{name}</span>
}
