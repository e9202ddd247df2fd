export { openAddPieceDialog } from './add-piece-dialog.tsx'
export { PiecesScreen } from './pieces-screen.tsx'
