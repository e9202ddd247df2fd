export { InspectScreen } from './inspect-screen.tsx'
export { copyToEngine, verifyDropped } from './inspection.ts'
