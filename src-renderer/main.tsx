import './styles/index.css'
import { start } from './app/start.tsx'
import { bridge, createConnection, createStores, hostTransport } from './client/index.ts'

const connection = createConnection(hostTransport())
const { client } = connection
connection.start()
start({
  client,
  connection,
  stores: createStores(client, connection),
  pathOf: (file) => bridge()?.pathForFile(file) ?? '',
})
