/** A value as JSON, with a tag for what JSON does not know. */
export interface CloneCodec {
  encode(value: unknown): unknown
  decode(value: unknown): unknown
}

/**
 * Structured clone over JSON, for what IPC carries. The function is also injected into pages as text: it must not use
 * anything outside itself.
 */
export function createCloneCodec(): CloneCodec {
  const toBase64 = (bytes: Uint8Array): string => {
    let text = ''
    for (let at = 0; at < bytes.length; at += 32_768) text += String.fromCharCode(...bytes.subarray(at, at + 32_768))
    return btoa(text)
  }

  const encodeObject = (value: object): unknown => {
    if (value instanceof Date) return { $: 'date', value: value.getTime() }
    if (value instanceof ArrayBuffer) return { $: 'bytes', value: toBase64(new Uint8Array(value)) }
    if (ArrayBuffer.isView(value))
      return { $: 'bytes', value: toBase64(new Uint8Array(value.buffer, value.byteOffset, value.byteLength)) }
    if (value instanceof Map) return { $: 'map', value: [...value].map(encode) }
    if (value instanceof Set) return { $: 'set', value: [...value].map(encode) }
    if (value instanceof Error)
      return { $: 'error', value: { name: value.name, message: value.message, stack: value.stack } }
    if (Array.isArray(value)) return value.map(encode)
    return { $: 'object', value: Object.fromEntries(Object.entries(value).map(([key, each]) => [key, encode(each)])) }
  }

  const encode = (value: unknown): unknown => {
    if (value === undefined) return { $: 'undefined' }
    if (typeof value === 'bigint') return { $: 'bigint', value: String(value) }
    if (typeof value === 'number' && !Number.isFinite(value)) return { $: 'number', value: String(value) }
    if (typeof value === 'function' || typeof value === 'symbol') throw new Error('An object could not be cloned.')
    return typeof value === 'object' && value !== null ? encodeObject(value) : value
  }

  // biome-ignore lint/suspicious/noExplicitAny: what `encode` made
  const decode = (value: any): unknown => {
    if (typeof value !== 'object' || value === null) return value
    if (Array.isArray(value)) return value.map(decode)
    const inner = value.value
    switch (value.$) {
      case 'undefined':
        return undefined
      case 'bigint':
        return BigInt(inner)
      case 'number':
        return Number(inner)
      case 'date':
        return new Date(inner)
      case 'bytes':
        return Uint8Array.from(atob(inner), (character) => character.charCodeAt(0))
      case 'map':
        return new Map(inner.map(decode))
      case 'set':
        return new Set(inner.map(decode))
      case 'error':
        return Object.assign(new Error(inner.message), { name: inner.name, stack: inner.stack })
      default:
        return Object.fromEntries(Object.entries(inner).map(([key, each]) => [key, decode(each)]))
    }
  }

  return { encode, decode }
}
