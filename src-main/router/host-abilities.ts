/** What the host can do for a person beyond the engine: native dialogs and the file manager. Absent in a browser. */
export interface HostAbilities {
  pickPaths?(kind: 'files' | 'folder' | 'car'): Promise<string[]>
  pickSavePath?(suggestedName: string): Promise<string | null>
  reveal?(path: string): Promise<void>
}
