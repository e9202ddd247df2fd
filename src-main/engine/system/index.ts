export { ActivityLog } from './activity-log.ts'
export { describePath, type PathDescription } from './describe-path.ts'
export { DiskMeter, type DiskUse } from './disk-use.ts'
export { type FindSources, find, locate } from './find.ts'
