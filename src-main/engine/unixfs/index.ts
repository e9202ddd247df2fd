export { buildDirectory, buildFile, buildPath, buildStream } from './build.ts'
export * from './dag-sink.ts'
export * from './profiles.ts'
export * from './read.ts'
