const QUOTE = 0x22
const BACKSLASH = 0x5c

/** JSON without spaces, a member a line, ended by a newline. The tokens stay as they are, so that numbers lose nothing. */
export function indentJson(json: Uint8Array): Uint8Array {
  const text = Buffer.from(json).toString('utf8')
  const parts: string[] = []
  let depth = 0
  const newLine = () => `\n${'\t'.repeat(depth)}`
  for (let at = 0; at < text.length; ) {
    const char = text.charAt(at)
    const end = char === '"' ? endOfString(text, at) : at + 1
    if (char === '{' || char === '[') {
      const isEmpty = '}]'.includes(text.charAt(end))
      depth++
      parts.push(char, isEmpty ? '' : newLine())
    } else if (char === '}' || char === ']') {
      depth--
      parts.push('{['.includes(text.charAt(at - 1)) ? '' : newLine(), char)
    } else if (char === ',') parts.push(char, newLine())
    else if (char === ':') parts.push(': ')
    else parts.push(text.slice(at, end))
    at = end
  }
  return Buffer.from(`${parts.join('')}\n`)
}

function endOfString(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text.charCodeAt(at) !== QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1
  return at + 1
}
