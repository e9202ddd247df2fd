/** Named ways to look at a table. */
export { SavedViews } from './saved-views.ts'
