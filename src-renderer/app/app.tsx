import { Fragment, useEffect } from 'react'
import { Toaster, TooltipProvider } from '../components/index.ts'
import { type Services, ServicesProvider, useOpenDialog, usePlace } from '../state/index.ts'
import { ConnectionBanner } from './connection-banner.tsx'
import { DropZone } from './drop-zone.tsx'
import { ErrorBoundary } from './error-boundary.tsx'
import { Palette } from './palette.tsx'
import { Screen } from './screen.tsx'
import { labelOf } from './sections.ts'
import { ShortcutsDialog } from './shortcuts-dialog.tsx'
import { Sidebar } from './sidebar.tsx'
import { StatusBar } from './status-bar.tsx'
import { TopBar } from './top-bar.tsx'
import { useShortcuts } from './use-shortcuts.ts'
import { useShownTheme } from './use-shown-theme.ts'

/** The window. */
export function App({ services }: { services: Services }) {
  return (
    <ServicesProvider services={services}>
      <TooltipProvider>
        <Frame />
      </TooltipProvider>
    </ServicesProvider>
  )
}

const shortcutsHelp = (close: () => void) => <ShortcutsDialog onClose={close} />

/** Sidebar, top bar, the screen, status bar; and over them what belongs to no screen. */
function Frame() {
  const place = usePlace()
  const dialog = useOpenDialog()
  const theme = useShownTheme()
  useShortcuts(shortcutsHelp)
  useEffect(() => {
    document.title = `${labelOf(place.section)} – Carport`
  }, [place.section])
  return (
    <div className="flex h-full flex-col">
      <div className="flex min-h-0 flex-1">
        <Sidebar />
        <div className="flex min-w-0 flex-1 flex-col">
          <TopBar />
          <ConnectionBanner />
          <main className="min-h-0 flex-1">
            <ErrorBoundary resetKey={`${place.section}/${place.id}/${place.part}`}>
              <Screen key={place.section} place={place} />
            </ErrorBoundary>
          </main>
        </div>
      </div>
      <StatusBar />
      <Fragment key={dialog.key}>{dialog.content}</Fragment>
      <Palette />
      <DropZone />
      <Toaster theme={theme} />
    </div>
  )
}
