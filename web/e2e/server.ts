// Starts the program on a fresh demonstration district, for all journeys of a run.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    origin: string
    accounts: { login: string; role: string; unit: string }[]
    password: string
  }
}

/** As many cases as give every list something to show, and few enough to be there in seconds. */
const CASES = '400'
const ROOT = resolve(import.meta.dirname, '../..')

/** A program on a fresh demonstration district. */
export interface Demonstration {
  origin: string
  accounts: { login: string; role: string; unit: string }[]
  password: string
  stop: () => Promise<void>
}

/** Fills a demonstration and serves it: one that lives until now, or until a day. `kept`: a store that is there already. */
export async function demonstration(until?: string, kept?: string): Promise<Demonstration> {
  const program = process.env['QUANYU_PROGRAM'] ?? join(ROOT, 'target/debug/quanyu')
  const folder = mkdtempSync(join(tmpdir(), 'quanyu-journeys-'))
  const data = kept ?? join(folder, 'data')
  const life = until ? ['--until', until] : []
  const filled = spawnSync(program, ['demo', '--scale', CASES, '--no-serve', '--data', data, ...life], {
    cwd: ROOT,
    encoding: 'utf8',
    timeout: 300_000,
  })
  if (filled.status !== 0) throw new Error(`${program} demo failed: ${filled.stderr}${filled.stdout}`)
  const lines = filled.stdout.split('\n').filter((line) => line.startsWith('  '))
  const accounts = lines.map((line) => {
    const [login = '', role = '', unit = ''] = line.trim().split(/\s+/)
    return { login, role, unit }
  })
  const password = /password ([^)]+)\)/.exec(filled.stdout)?.[1] ?? ''

  const server = spawn(
    program,
    ['demo', '--data', data, '--listen', '127.0.0.1:0', '--no-limits', '--scale', CASES],
    { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const said: string[] = []
  const origin = await new Promise<string>((found, failed) => {
    const late = setTimeout(() => failed(new Error(`the server did not start: ${said.join('')}`)), 60_000)
    const listen = (chunk: Buffer) => {
      said.push(chunk.toString())
      const match = /http:\/\/127\.0\.0\.1:\d+/.exec(said.join(''))
      if (match) {
        clearTimeout(late)
        found(match[0])
      }
    }
    server.stdout.on('data', listen)
    server.stderr.on('data', listen)
    server.on('exit', (code) => failed(new Error(`the server ended (${code}): ${said.join('')}`)))
  })
  const stop = async () => {
    server.removeAllListeners('exit')
    const ended = new Promise((done) => server.on('exit', done))
    server.kill('SIGTERM')
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
  return { origin, accounts, password, stop }
}

export default async function start(project: TestProject) {
  // A store that is there already: for measuring on more than a journey needs.
  const { origin, accounts, password, stop } = await demonstration(undefined, process.env['QUANYU_DATA'])
  project.provide('origin', origin)
  project.provide('accounts', accounts)
  project.provide('password', password)
  return stop
}
