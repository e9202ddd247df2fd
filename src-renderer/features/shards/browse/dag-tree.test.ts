import { describe, expect, it } from 'vitest'
import type { DagEntry } from '../../../../src-shared/contract/index.ts'
import { type DagNode, linesOf, nodeAt, treeOf, withEntries, withOpen } from './dag-tree.ts'

const entry = (name: string, type: DagEntry['type'] = 'file'): DagEntry => ({ name, cid: `bafk${name}`, type, size: 1 })
const names = (tree: ReturnType<typeof treeOf>) =>
  linesOf(tree).map((line) => (line.kind === 'node' ? `${'-'.repeat(line.node.depth)}${line.node.name}` : '…more'))

describe('the file tree of a shard', () => {
  const root = treeOf(['bafyroot'])
  const rootNode = nodeAt(root, '0') as DagNode

  it('shows what is below an open node only', () => {
    const loaded = withEntries(root, rootNode, { entries: [entry('a'), entry('b', 'directory')], next: null })
    expect(names(loaded)).toEqual(['Root'])
    expect(names(withOpen(loaded, '0', true))).toEqual(['Root', '-a', '-b'])
  })

  it('adds further pages after the first, and says when there are more', () => {
    const first = withOpen(withEntries(root, rootNode, { entries: [entry('a')], next: 'a' }), '0', true)
    expect(names(first)).toEqual(['Root', '-a', '…more'])
    const second = withEntries(first, rootNode, { entries: [entry('b')], next: null })
    expect(names(second)).toEqual(['Root', '-a', '-b'])
    expect(nodeAt(second, '0/1')?.name).toBe('b')
  })

  it('keeps the same block at two places apart, and names blocks without names', () => {
    const twice = withEntries(root, rootNode, { entries: [entry(''), entry('')], next: null })
    expect(names(withOpen(twice, '0', true))).toEqual(['Root', '-Block 1', '-Block 2'])
    expect(nodeAt(twice, '0/0')?.id).not.toBe(nodeAt(twice, '0/1')?.id)
  })
})
