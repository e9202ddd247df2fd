import { session } from 'electron'

/** The page may copy to the clipboard when it is clicked. It gets nothing else: no camera, no location, no notifications. */
export function denyPermissions(): void {
  const isAllowed = (permission: string) => permission === 'clipboard-sanitized-write'
  session.defaultSession.setPermissionRequestHandler((_contents, permission, answer) => answer(isAllowed(permission)))
  session.defaultSession.setPermissionCheckHandler((_contents, permission) => isAllowed(permission))
}
