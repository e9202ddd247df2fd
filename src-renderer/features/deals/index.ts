export { dealStateOf, hasEnded, providerName } from './deal-words.ts'
export { DealsScreen } from './deals-screen.tsx'
export { LotusDeals } from './lotus-deals.tsx'
export { openSendDialog } from './send-dialog.tsx'
