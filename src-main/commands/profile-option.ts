import { Option } from 'commander'

/** UnixFS profiles by name. */
export function profileOption(): Option {
  return new Option('--profile <profile>', 'how the content is cut into blocks, which decides the root CID')
    .choices(['unixfs-v1-2025', 'unixfs-v0-2015', 'kubo-cidv1', 'lotus'])
    .default('unixfs-v1-2025')
}
