import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'

export const CAR = readFileSync(
  fileURLToPath(new URL('../src-main/engine/testing/fixtures/car/generated/rw-dups.car', import.meta.url)),
)

/** A web server with CARs that can be taken away, damaged and brought back. */
export async function webCars() {
  const files = new Map<string, Buffer | number>()
  const server = createServer((request, response) => {
    const found = files.get(request.url ?? '') ?? 404
    if (typeof found === 'number') {
      response.writeHead(found).end()
      return
    }
    response.writeHead(200, { 'content-length': found.length }).end(request.method === 'HEAD' ? undefined : found)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { files, urlOf: (path: string) => `http://127.0.0.1:${port}${path}`, close: () => server.close() }
}
