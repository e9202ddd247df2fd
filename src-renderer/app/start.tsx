import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { followFocus } from '../components/index.ts'
import { applyTheme, followAddress, type Services } from '../state/index.ts'
import { App } from './app.tsx'

/** Shows the window, working with these services. */
export function start(services: Services): void {
  applyTheme()
  followAddress()
  followFocus()
  const root = document.getElementById('root')
  if (root === null) return
  createRoot(root).render(
    <StrictMode>
      <App services={services} />
    </StrictMode>,
  )
}
