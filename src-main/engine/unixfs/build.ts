import { EngineError } from '../base/index.ts'
import type { BuildOptions, BuiltDag } from './dag-sink.ts'
export async function buildFile(_path: string, _options: BuildOptions): Promise<BuiltDag> {
  throw new EngineError('UNSUPPORTED', 'not yet')
}
export async function buildStream(_source: AsyncIterable<Uint8Array>, _options: BuildOptions): Promise<BuiltDag> {
  throw new EngineError('UNSUPPORTED', 'not yet')
}
export async function buildDirectory(_path: string, _options: BuildOptions): Promise<BuiltDag> {
  throw new EngineError('UNSUPPORTED', 'not yet')
}
/** buildFile or buildDirectory, by what is at the path. */
export async function buildPath(_path: string, _options: BuildOptions): Promise<BuiltDag> {
  throw new EngineError('UNSUPPORTED', 'not yet')
}
