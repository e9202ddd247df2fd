export * from './advice.ts'
export * from './codes.ts'
