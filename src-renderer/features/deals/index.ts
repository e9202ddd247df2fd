export { dealStateOf, hasEnded, providerName } from './deal-words.ts'
export { DealsScreen } from './deals-screen.tsx'
export { openSendDialog } from './send-dialog.tsx'
