import { readFileSync, statSync, existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

interface Chunk {
  file: string
  imports?: string[]
  css?: string[]
}

/** The files that a browser needs before it shows a page: the entry, what it imports, and the styles of all of them. */
function firstLoad(manifest: Record<string, Chunk>, entry: string): string[] {
  const files = new Set<string>()
  const visit = (name: string) => {
    const chunk = manifest[name]
    if (!chunk || files.has(chunk.file)) return
    files.add(chunk.file)
    chunk.css?.forEach((css) => files.add(css))
    chunk.imports?.forEach(visit)
  }
  visit(entry)
  return [...files]
}

/** What the portal may weigh at first, compressed: a telephone with two bars shows it in a moment. */
const MOST = 120_000

// The bundle is built before this is asked in `cargo xtask test`; while pages are written there may be none.
describe.skipIf(!existsSync('dist/manifest.json'))('the first load of the portal', () => {
  const manifest = JSON.parse(readFileSync('dist/manifest.json', 'utf8')) as Record<string, Chunk>
  const files = firstLoad(manifest, 'index.html')

  it('is light', () => {
    const bytes = files.map((file) => statSync(`dist/${file}.br`).size).reduce((sum, size) => sum + size, 0)
    console.info(`portal, first load: ${bytes} bytes of brotli in ${files.length} files`)
    expect(files.some((file) => file.endsWith('.css'))).toBe(true)
    expect(bytes).toBeLessThanOrEqual(MOST)
  })

  it('has nothing of the desk and no map', () => {
    const text = files.map((file) => readFileSync(`dist/${file}`, 'utf8')).join('')
    expect(text).not.toContain('el-select')
    expect(text).not.toContain('maplibregl-')
  })
})
