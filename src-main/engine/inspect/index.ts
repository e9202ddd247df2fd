export { CarInspector, commitmentView } from './car-inspector.ts'
export { DroppedCars } from './dropped-cars.ts'
