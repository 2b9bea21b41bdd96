// A base map that was set up: its tiles are fetched from its host and from nowhere else, and its number stands on the map.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { look, noFaults, person } from './browser'

const ROOT = resolve(import.meta.dirname, '../..')
/** A tile of one grey point. */
const TILE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAGN2gkwAAAABJRU5ErkJggg==',
  'base64',
)
const asked: string[] = []
let tiles: Server
let program: ChildProcess
let address = ''
const folder = mkdtempSync(join(tmpdir(), 'quanyu-base-map-'))

beforeAll(async () => {
  tiles = createServer((request, response) => {
    asked.push(request.url ?? '')
    response.writeHead(200, { 'content-type': 'image/png', 'access-control-allow-origin': '*' }).end(TILE)
  })
  tiles.listen(0, '127.0.0.1')
  await once(tiles, 'listening')
  const host = `http://127.0.0.1:${(tiles.address() as AddressInfo).port}`
  program = spawn(
    process.env['QUANYU_PROGRAM'] ?? join(ROOT, 'target/debug/quanyu'),
    [
      ...['demo', '--scale', '0', '--data', join(folder, 'data'), '--listen', '127.0.0.1:0', '--no-limits'],
      ...['--base-map', `${host}/{z}/{x}/{y}.png`, '--base-map-attribution', '某某地图'],
      ...['--map-approval-number', '青S（2024）001号'],
    ],
    { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let said = ''
  address = await new Promise((found, failed) => {
    const listen = (chunk: Buffer) => {
      said += chunk.toString()
      const match = /http:\/\/127\.0\.0\.1:\d+/.exec(said)
      if (match) found(match[0])
    }
    program.stdout?.on('data', listen)
    program.stderr?.on('data', listen)
    program.on('exit', (code) => failed(new Error(`the server ended (${code}): ${said}`)))
  })
}, 120_000)
afterAll(async () => {
  program.removeAllListeners('exit')
  program.kill('SIGTERM')
  await once(program, 'exit')
  tiles.close()
  rmSync(folder, { recursive: true, force: true })
})

it('lies under our own map', async () => {
  const resident = await person(390, 844)
  const elsewhere: string[] = []
  resident.on('request', (request) => {
    const { host, protocol } = new URL(request.url())
    if (protocol.startsWith('http') && host !== new URL(address).host) elsewhere.push(request.url())
  })
  await resident.goto(`${address}/report`)
  await resident.getByRole('button', { name: '在地图上选' }).click()
  await resident.locator('[data-ready="true"] canvas').waitFor()
  await resident.getByText('© 某某地图').waitFor()
  await resident.getByText('审图号：青S（2024）001号').waitFor()
  await expect.poll(() => asked.length).toBeGreaterThan(0)
  expect(asked.every((path) => /^\/\d+\/\d+\/\d+\.png$/.test(path))).toBe(true)
  expect(elsewhere.length).toBeGreaterThan(0)
  expect(elsewhere.every((url) => asked.some((path) => url.endsWith(path)))).toBe(true)
  await look(resident, 'portal-base-map')
  noFaults()
})
