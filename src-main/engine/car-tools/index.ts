/** What the verbs of `carport car` do, on files anywhere on this machine. */
export { openCarStream, STDIN, withCarFile } from './car-source.ts'
export { createCar } from './create-car.ts'
export { type ExtractOptions, extractFiles } from './extract-files.ts'
export { getDag } from './get-dag.ts'
export { type ListedEntry, listUnixfs } from './list-unixfs.ts'
export { plainPayload } from './plain-payload.ts'
export { PUT_CODECS, type PutBlockOptions, putBlock } from './put-block.ts'
