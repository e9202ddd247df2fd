export { copyDag } from './copy-dag.ts'
export { type DagPull, pullDag } from './dag-pull.ts'
export { copyPath, pullPath } from './path-pull.ts'
