const HEAD_BYTES = 64
/** The pragma of a CARv2, and how the header of a CARv1 begins: a map, and `roots` or `version` as its first key. */
const CARV2 = /^\n\xa1gversion/
const CARV1 = /^.{1,4}\xa2(eroots|gversion)/s

/** Whether a file is a CAR by its name or its first bytes. The engine looks at the rest. */
export async function looksLikeCar(file: File): Promise<boolean> {
  if (/\.car$/i.test(file.name)) return true
  const head = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer())
  const text = String.fromCharCode(...head)
  return CARV2.test(text) || CARV1.test(text)
}
