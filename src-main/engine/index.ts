/** The only door of the engine: hosts, the router and the command line import nothing else of it. */
export {
  type Clock,
  createLogger,
  EngineError,
  isErrnoException,
  type LogFields,
  type Logger,
  type LogLevel,
  type LongWorkOptions,
  ProgressMeter,
  parseCid,
  systemClock,
  writeFileAtomic,
} from './base/index.ts'
export { openCarBlockstore } from './blockstore/index.ts'
export {
  concatCars,
  detachIndex,
  filterCar,
  generateIndexFile,
  listIndexFile,
  sectionSize,
  wrapCar,
} from './car/index.ts'
export {
  type BlockDescription,
  type CarText,
  compileCar,
  debugCar,
  describeBlock,
  extractFiles,
  getDag,
  listUnixfs,
  openCarStream,
  parseCarText,
  plainPayload,
  putBlock,
  readText,
  STDIN,
  withCarFile,
} from './car-tools/index.ts'
export { Config, parseListenAddress } from './config/index.ts'
export { type DataDirectory, dagstoreDirectory, defaultDataDirectory } from './data-directory.ts'
export { createEngine, type Engine, type EngineOptions } from './engine.ts'
export { type FileTools, openFileTools, type UnixfsRoot } from './file-tools.ts'
export { dealStateName } from './migration/index.ts'
export { serveBytes } from './net/index.ts'
export { parseSelector, type Selector } from './selector/index.ts'
export { checkLevelFiles, keptCopies } from './store/index.ts'
