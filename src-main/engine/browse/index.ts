export { type BlockLink, blockLinks } from './block-links.ts'
export { BrowseSessions } from './browse-sessions.ts'
