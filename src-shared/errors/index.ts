export * from './advice.ts'
export * from './codes.ts'
export * from './general-words.ts'
