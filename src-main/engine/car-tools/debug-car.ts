import { openCarStream } from './car-source.ts'
import { formatBlock, formatHead } from './car-text.ts'

/** A CAR as text that `compileCar` makes a CAR of again. Piece by piece; every block is compared with its CID. */
export async function* debugCar(
  path: string,
  options: { name: string; signal?: AbortSignal },
): AsyncGenerator<Uint8Array> {
  const { version, roots, sections } = await openCarStream(path, options)
  yield Buffer.from(formatHead({ version, name: options.name, roots: [...roots] }))
  for await (const { cid, bytes } of sections) yield formatBlock(cid, bytes)
}
