export { CarInspector, commitmentView } from './car-inspector.ts'
