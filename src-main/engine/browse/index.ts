export type { BlockLink } from './block-links.ts'
export { BrowseSessions } from './browse-sessions.ts'
