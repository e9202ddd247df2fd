export { openDialog, useOpenDialog } from './dialogs.ts'
export { closeFind, openFind, setFindText, useFind } from './find.ts'
export {
  currentPlace,
  followAddress,
  goTo,
  hrefOf,
  type Place,
  SECTIONS,
  type SectionId,
  usePlace,
} from './navigation.ts'
export {
  applyTheme,
  type Preferences,
  setPreferences,
  setTableFilter,
  usePreferences,
  useTableView,
} from './preferences.ts'
export {
  type Services,
  ServicesProvider,
  useConnectionState,
  useInfo,
  useRow,
  useServices,
  useStatus,
  useTableState,
} from './services.tsx'
export { attempt, type Loaded, useLoaded, useTask } from './use-task.ts'
