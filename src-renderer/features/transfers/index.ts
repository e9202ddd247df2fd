export { fractionOfTransfer, isOver, transferStateOf } from './transfer-words.ts'
export { TransfersScreen } from './transfers-screen.tsx'
