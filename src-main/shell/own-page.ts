/** Where the window's page comes from: a scheme of its own, so that it has an origin and the same policy as in a browser. */
export const APP_ORIGIN = 'app://carport'

export function isOwnPage(url: string): boolean {
  return url === APP_ORIGIN || url.startsWith(`${APP_ORIGIN}/`)
}
