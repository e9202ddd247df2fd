export { copyDag } from './copy-dag.ts'
export { type DagPull, pullDag } from './dag-pull.ts'
export { copyOnRead, pullOnRead } from './filled-on-read.ts'
export { copyPath, pullPath } from './path-pull.ts'
