/** Work on whole DAGs that are here already: sizes, commitments, listing, reading, writing them out again. */
export { carCommitment, type DagCommitment } from './car-commitment.ts'
export { type DagListing, DagTools, type ListedNode, type WrittenDag } from './dag-tools.ts'
export { type GeneratedCar, generateCar } from './generate-car.ts'
