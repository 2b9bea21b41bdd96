/** What a folder holds that packs and places are made of, by path from `packs/` or `places/` on. */

/** The kinds of file that are read, and the folders that are left alone: as the command line does it. */
const ENDINGS = ['toml', 'csv', 'json', 'geojson']
const LEFT_ALONE = 'source'
/** Most bytes that are sent; the server takes a little more. */
export const MOST_BYTES = 20 * 1024 * 1024

/** The path within the sources of a file that was chosen with its folder; `undefined`: it is none of them. */
export function sourcePath(path: string): string | undefined {
  const parts = path.split('/')
  const at = parts.findIndex((part, nth) => (part === 'packs' || part === 'places') && nth < parts.length - 1)
  if (at < 0) return undefined
  const inside = parts.slice(at)
  const name = inside.at(-1) ?? ''
  const ending = name.split('.').at(-1) ?? ''
  if (!name.includes('.') || !ENDINGS.includes(ending)) return undefined
  if (inside.some((part) => part.startsWith('.')) || inside.slice(0, -1).includes(LEFT_ALONE)) return undefined
  return inside.join('/')
}

export interface ChosenFolder {
  name: string
  files: Record<string, string>
  count: number
  bytes: number
}

/** The sources of a folder that was chosen. Texts are read only where they are not too much together. */
export async function readFolder(files: readonly File[]): Promise<ChosenFolder> {
  const own = files.flatMap((file) => {
    const path = sourcePath(file.webkitRelativePath || file.name)
    return path ? [{ path, file }] : []
  })
  const bytes = own.reduce((sum, one) => sum + one.file.size, 0)
  const name = (files[0]?.webkitRelativePath ?? '').split('/')[0] ?? ''
  const texts = bytes > MOST_BYTES ? [] : await Promise.all(own.map(async (one) => [one.path, await one.file.text()] as const))
  return { name, files: Object.fromEntries(texts), count: own.length, bytes }
}
