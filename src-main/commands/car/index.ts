import type { Verbs } from '../verbs.ts'
import { compile } from './compile.ts'
import { concat } from './concat.ts'
import { create } from './create.ts'
import { debug } from './debug.ts'
import { detachIndexVerb } from './detach-index.ts'
import { extract } from './extract.ts'
import { filter } from './filter.ts'
import { getBlock } from './get-block.ts'
import { getDag } from './get-dag.ts'
import { indexVerb } from './index-verb.ts'
import { inspect } from './inspect.ts'
import { list } from './list.ts'
import { putBlock } from './put-block.ts'
import { repair } from './repair.ts'
import { root } from './root.ts'
import { verify } from './verify.ts'

/** go-car's `car`, under its names, with its flags, output and exit codes. */
export const carVerbs = (verbs: Verbs) =>
  verbs.group('car', 'CAR files, with the verbs of go-car', [
    create,
    extract,
    list,
    indexVerb,
    detachIndexVerb,
    inspect,
    verify,
    getBlock,
    getDag,
    root,
    filter,
    putBlock,
    concat,
    debug,
    compile,
    repair,
  ])
