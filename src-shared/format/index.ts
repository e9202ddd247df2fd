export * from './bytes.ts'
export * from './cid-text.ts'
export * from './duration.ts'
