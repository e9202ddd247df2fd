// The layers of ARCHITECTURE.md, checked: who may import whom, doors, cycles, and that nothing but the shell reaches Electron.

/**
 * Modules of the engine and the siblings each may import. What stands together on a line of the architecture's table
 * does not know each other; only engine.ts, the composition root, knows all.
 */
const BASE = ['base']
const FORMATS = [...BASE, 'car']
const BLOCKS = [...FORMATS, 'blockstore']
const DAGS = [...BLOCKS, 'unixfs', 'commp', 'store']
const PIECES = [...DAGS, 'pieces']
const NETWORK = [...DAGS, 'net']
const MAY_IMPORT = {
  base: [],
  config: BASE,
  car: BASE,
  store: BASE,
  blockstore: FORMATS,
  unixfs: BLOCKS,
  commp: BLOCKS,
  selector: [...BLOCKS, 'unixfs'],
  pieces: DAGS,
  dagstore: PIECES,
  browse: [...PIECES, 'dagstore'],
  inspect: DAGS,
  dags: DAGS,
  net: DAGS,
  imports: DAGS,
  transfer: NETWORK,
  retrievals: [...NETWORK, 'transfer', 'selector'],
  deals: [...NETWORK, 'transfer'],
  migration: [...PIECES, 'dagstore', 'imports'],
}

const ENGINE = '^src-main/engine/'
const TEST = String.raw`\.(test|conformance)\.tsx?$|/(testing|test-kit)/`

const layerRules = Object.entries(MAY_IMPORT).map(([module, allowed]) => ({
  name: `layer-${module}`,
  comment: `engine/${module} may import of its siblings: ${allowed.join(', ') || 'none'}. See ARCHITECTURE.md.`,
  severity: 'error',
  from: { path: `${ENGINE}${module}/`, pathNot: TEST },
  to: { path: `${ENGINE}[^/]+(/|\\.ts$)`, pathNot: `${ENGINE}(${[module, ...allowed].join('|')})/` },
}))

/** @type {import('dependency-cruiser').IConfiguration} */
const config = {
  forbidden: [
    ...layerRules,
    {
      name: 'engine-door',
      comment: 'Modules of the engine meet only at their index.ts.',
      severity: 'error',
      from: { path: `${ENGINE}([^/]+)/`, pathNot: '/(testing|test-kit)/' },
      to: { path: `${ENGINE}[^/]+/`, pathNot: [`${ENGINE}$1/`, `${ENGINE}[^/]+/index\\.ts$`, `${ENGINE}testing/`] },
    },
    {
      name: 'hosts-use-the-door',
      comment: 'Hosts and the router see engine/index.ts and nothing behind it.',
      severity: 'error',
      from: { path: '^src-main/', pathNot: [ENGINE, TEST] },
      to: { path: ENGINE, pathNot: `${ENGINE}index\\.ts$` },
    },
    {
      name: 'host-door',
      comment: 'commands, server, shell, host and router meet only at their index.ts.',
      severity: 'error',
      from: { path: '^src-main/([^/]+)/' },
      to: {
        path: '^src-main/(commands|server|shell|host|router)/',
        pathNot: ['^src-main/$1/', '^src-main/[^/]+/index\\.ts$'],
      },
    },
    {
      name: 'engine-is-a-library',
      comment: 'The engine does not know its hosts.',
      severity: 'error',
      from: { path: ENGINE },
      to: { path: '^(src-main/(?!engine/)|src-renderer/)' },
    },
    {
      name: 'hosts-are-independent',
      comment: 'host and router serve all hosts; the desktop app has no command line in it.',
      severity: 'error',
      from: { path: '^src-main/(host|router|server|shell)/' },
      to: { path: '^src-main/(commands|shell)/', pathNot: '^src-main/shell/' },
    },
    {
      name: 'router-below-hosts',
      comment: 'The router answers the contract; it does not know who asks.',
      severity: 'error',
      from: { path: '^src-main/router/' },
      to: { path: '^src-main/(host|server|shell|commands)/' },
    },
    {
      name: 'renderer-is-a-client',
      comment: 'The window knows the contract and nothing of the main process.',
      severity: 'error',
      from: { path: '^src-renderer/' },
      to: { path: '^src-main/' },
    },
    {
      name: 'renderer-layers',
      comment:
        'components and client know only src-shared; state knows these; features know these and each other; app knows all.',
      severity: 'error',
      from: { path: '^src-renderer/(components|client|state|features)/', pathNot: TEST },
      to: { path: '^src-renderer/(app|harness)/' },
    },
    {
      name: 'renderer-design-system',
      comment: 'components have no store and no client, client has no components.',
      severity: 'error',
      from: { path: '^src-renderer/(components|client)/', pathNot: TEST },
      to: { path: '^src-renderer/(components|client|state|features)/', pathNot: '^src-renderer/$1/' },
    },
    {
      name: 'renderer-state',
      comment: 'state serves every screen and knows none.',
      severity: 'error',
      from: { path: '^src-renderer/state/' },
      to: { path: '^src-renderer/features/' },
    },
    {
      name: 'renderer-door',
      comment: 'Folders of the window meet only at their index.ts.',
      severity: 'error',
      from: { path: '^src-renderer/(features/[^/]+|[^/]+)/', pathNot: '^src-renderer/harness/' },
      to: {
        path: '^src-renderer/(components|client|state|features/[^/]+)/',
        pathNot: ['^src-renderer/$1/', '^src-renderer/(components|client|state|features/[^/]+)/index\\.ts$'],
      },
    },
    {
      name: 'shared-is-pure',
      comment: 'src-shared runs everywhere: no Node, no DOM, nothing of either side.',
      severity: 'error',
      from: { path: '^src-shared/', pathNot: TEST },
      to: { path: '^src-(main|renderer)/', dependencyTypes: ['local'] },
    },
    {
      name: 'shared-without-node',
      comment: 'src-shared runs in the browser, too.',
      severity: 'error',
      from: { path: '^src-shared/', pathNot: TEST },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'renderer-without-node',
      comment: 'The window runs in a sandbox.',
      severity: 'error',
      from: { path: '^src-renderer/', pathNot: [TEST, '^src-renderer/harness/'] },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'electron-in-the-shell-only',
      comment: 'electron is imported in src-main/index.ts, shell/ and preload/.',
      severity: 'error',
      from: { pathNot: '^src-main/(index\\.ts$|shell/|preload/)' },
      to: { path: '(^|/)electron($|/)' },
    },
    {
      name: 'electron-out-of-reach',
      comment: 'What runs on plain Node must not reach electron through any chain of imports.',
      severity: 'error',
      from: { path: '^src-main/(headless|cli|engine/index|router/index|server/index|commands/index|host/index)\\.ts$' },
      to: { path: '(^|/)node_modules/electron/', reachable: true },
    },
    {
      name: 'tests-stay-tests',
      comment: 'Product code imports neither tests nor what is made for them. Benchmarks are no product code.',
      severity: 'error',
      from: { pathNot: [TEST, '^src-renderer/harness/', '^bench/'] },
      to: { path: TEST },
    },
    {
      name: 'no-cycles',
      comment: 'Two files that need each other are one idea.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      comment: 'An import of something that is not there.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '\\.generated\\.(js|d\\.ts)$' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.tsx', '.js', '.mjs'],
      conditionNames: ['import', 'node', 'default', 'types'],
      exportsFields: ['exports'],
    },
    cache: { folder: 'node_modules/.cache/dependency-cruiser', strategy: 'content' },
  },
}

export default config
