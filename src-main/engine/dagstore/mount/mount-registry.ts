import { EngineError } from '../../base/index.ts'
import type { Mount, MountType } from './mount.ts'

/** Schemes and the mounts behind them, one to one. */
export class MountRegistry {
  readonly #types = new Map<string, MountType>()

  /** INVALID_ARGUMENT when the scheme or the type is taken already. */
  register(scheme: string, type: MountType): this {
    if (this.#types.has(scheme))
      throw new EngineError('INVALID_ARGUMENT', `The mount scheme ${scheme} is registered already.`)
    for (const [other, registered] of this.#types)
      if (registered === type)
        throw new EngineError('INVALID_ARGUMENT', `This mount type is registered already, as ${other}.`)
    this.#types.set(scheme, type)
    return this
  }

  get schemes(): string[] {
    return [...this.#types.keys()]
  }

  /** The mount that a URL describes. MOUNT_INVALID when its scheme is unknown or the rest makes no sense to it. */
  fromUrl(url: string): Mount {
    const scheme = url.slice(0, Math.max(0, url.indexOf(':'))).toLowerCase()
    const type = this.#types.get(scheme)
    if (type !== undefined) return type.fromUrl(url)
    const problem = scheme === '' ? 'it has no scheme' : `${scheme}: is not known here`
    throw new EngineError('MOUNT_INVALID', `The place ${url} cannot be mounted: ${problem}.`, { details: { url } })
  }

  /** The URL under which a mount is written down. MOUNT_INVALID for a mount of a type that is not registered. */
  urlOf(mount: Mount): string {
    const url = mount.url()
    const scheme = url.slice(0, url.indexOf(':')).toLowerCase()
    if (this.#types.get(scheme)?.made(mount) !== true)
      throw new EngineError('MOUNT_INVALID', `Mounts of the scheme ${scheme} are not registered.`, { details: { url } })
    return url
  }
}
