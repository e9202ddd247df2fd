/** IPLD selectors: a part of a DAG in words of its own, as `car get-dag --selector` takes them. */
export { parseSelector } from './parse-selector.ts'
export { type SelectedBlock, selectBlocks } from './select-blocks.ts'
export type { Selector } from './selector.ts'
