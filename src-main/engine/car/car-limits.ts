/** Limits that keep a hostile or damaged file from costing memory or time; the defaults are those of go-car. */
export interface CarLimits {
  /** Longest CARv1 header, without its length varint. Default 32 MiB. */
  maxHeaderBytes?: number
  /** Longest section (CID plus data), without its length varint. Default 8 MiB. */
  maxSectionBytes?: number
  /** Longest CID that goes into an index. Default 2048. */
  maxCidBytes?: number
  /** Take a section of length 0 as the end of the payload: the zero padding of a piece. Default false. */
  zeroLengthSectionAsEnd?: boolean
}

export const DEFAULT_CAR_LIMITS: Readonly<Required<CarLimits>> = {
  maxHeaderBytes: 32 * 1024 * 1024,
  maxSectionBytes: 8 * 1024 * 1024,
  maxCidBytes: 2048,
  zeroLengthSectionAsEnd: false,
}

export function withDefaultLimits(limits: CarLimits = {}): Readonly<Required<CarLimits>> {
  return {
    maxHeaderBytes: limits.maxHeaderBytes ?? DEFAULT_CAR_LIMITS.maxHeaderBytes,
    maxSectionBytes: limits.maxSectionBytes ?? DEFAULT_CAR_LIMITS.maxSectionBytes,
    maxCidBytes: limits.maxCidBytes ?? DEFAULT_CAR_LIMITS.maxCidBytes,
    zeroLengthSectionAsEnd: limits.zeroLengthSectionAsEnd ?? DEFAULT_CAR_LIMITS.zeroLengthSectionAsEnd,
  }
}
