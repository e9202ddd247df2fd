/** What a host tells the router about who calls. */
export interface CallerContext {
  /** Aborted when the caller's connection ends: sessions it opened are released then. */
  disconnected: AbortSignal
}
