export { InspectScreen } from './inspect-screen.tsx'
