export { useSavedTableView } from './saved-views.tsx'
