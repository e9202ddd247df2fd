import { copyFile } from 'node:fs/promises'
import { FileReader } from '../base/index.ts'
import { extractCar, readCarLayout } from '../car/index.ts'

/** Writes a CAR as a CARv1: the payload of a CARv2, or a CARv1 as it is. */
export async function plainPayload(
  path: string,
  outPath: string,
  options: { signal?: AbortSignal } = {},
): Promise<{ payloadSize: number }> {
  const reader = FileReader.open(path)
  const layout = await readCarLayout(reader, options).finally(() => reader.close())
  if (layout.version === 2) return extractCar(path, outPath, options)
  await copyFile(path, outPath)
  return { payloadSize: layout.payloadSize }
}
