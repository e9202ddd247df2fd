import type { Verbs } from '../verbs.ts'
import { inspect } from './inspect.ts'
import { verify } from './verify.ts'

export const carVerbs = (verbs: Verbs) => verbs.group('car', 'CAR files, with the verbs of go-car', [inspect, verify])
