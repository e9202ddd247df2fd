export { PathField } from './path-field.tsx'
export { counted, describe, describeAll, isReadable, type PathDescription } from './path-words.ts'
export { useDescriptions } from './use-descriptions.ts'
