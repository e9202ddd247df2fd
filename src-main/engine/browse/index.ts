export { BrowseSessions } from './browse-sessions.ts'
