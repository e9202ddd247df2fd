/** The compiled kernel (kernel.ts) in base64; build.mjs writes the module that this declares. */
export const KERNEL_WASM: string
