import { describe, expect, it } from 'vitest'
import { parseSelector } from './index.ts'

describe('parseSelector', () => {
  it.each([
    '{".":{}}',
    '{".":{"subset":{"[":-10,"]":-1}}}',
    '{"R":{"l":{"none":{}},":>":{"|":[{".":{}},{"a":{">":{"@":{}}}}]}}}',
    '{"R":{"l":{"depth":3},"!":{"/":{"/":"bafkqaaa"}},":>":{"f":{"f>":{"Links":{"a":{">":{"@":{}}}}}}}}}',
    '{"f":{"f>":{"Links":{"i":{"i":1,">":{"f":{"f>":{"Hash":{".":{}}}}}}}}}}',
    '{"a":{">":{"r":{"^":0,"$":4,">":{".":{}}}}}}',
    '{"~":{"as":"unixfs",">":{"f":{"f>":{"readme.txt":{"~":{"as":"unixfs",">":{".":{}}}}}}}}}',
  ])('takes %s', (text) => {
    expect(parseSelector(text)).toBeDefined()
  })

  it.each([
    ['{}', 'selector is a keyed union and thus must be single-entry map'],
    ['[]', 'selector is a keyed union and thus must be a map'],
    ['{"&":{}}', '"&" is not a known member of the selector union'],
    ['{"a":{}}', 'next field must be present in ExploreAll selector'],
    ['{"@":{}}', 'ExploreRecursiveEdge must be beneath ExploreRecursive'],
    ['{"R":{"l":{"none":{}},":>":{".":{}}}}', 'ExploreRecursive must have at least one ExploreRecursiveEdge'],
    ['{"R":{"l":{"far":1},":>":{"@":{}}}}', '"far" is not a known member of the limit union in ExploreRecursive'],
    ['{"i":{"i":"1",">":{".":{}}}}', 'index field must be a number in ExploreIndex selector'],
    ['{"r":{"^":3,"$":3,">":{".":{}}}}', 'end field must be greater than start field in ExploreRange selector'],
    ['{"|":{}}', 'explore union selector must be a list'],
    ['{"~":{"as":"zip",">":{".":{}}}}', 'unregistered adl requested: "zip"'],
  ])('refuses %s in the words of go-car', (text, why) => {
    expect(() => parseSelector(text)).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        details: { goCar: `selector spec parse rejected: ${why}` },
      }),
    )
  })

  it('refuses what is no JSON, and what is nested without end', () => {
    expect(() => parseSelector('Links/0/Hash')).toThrow('The selector is not JSON.')
    expect(() => parseSelector(`${'{"a":{">":'.repeat(5000)}{".":{}}${'}}'.repeat(5000)}`)).toThrow('nested')
  })
})
