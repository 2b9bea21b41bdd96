import { describe, expect, it } from 'vitest'
import { column, crc32, csv, xlsx } from './sheets'

const letters = new TextEncoder()

describe('CSV', () => {
  it('quotes what would break it, and keeps words from becoming formulas', async () => {
    const bytes = new Uint8Array(await csv([['单位', 'a"b', 'c,d'], ['=1+1', -2.5, { part: 0.5 }], [null, '-x', 'y\nz']]).arrayBuffer())
    expect([...bytes.slice(0, 3)]).toEqual([0xef, 0xbb, 0xbf])
    expect(new TextDecoder().decode(bytes)).toBe('单位,"a""b","c,d"\r\n\'=1+1,-2.5,0.5\r\n,\'-x,"y\nz"\r\n')
  })
})

describe('XLSX', () => {
  it('counts columns as spreadsheets do', () => {
    expect([0, 25, 26, 51, 52, 701, 702].map(column)).toEqual(['A', 'Z', 'AA', 'AZ', 'BA', 'ZZ', 'AAA'])
  })

  it('sums bytes as ZIP does', () => {
    expect(crc32(letters.encode('123456789'))).toBe(0xcbf43926)
  })

  it('is a ZIP whose list names every part where it stands', async () => {
    const bytes = new Uint8Array(await xlsx('三率: 2024/11', [['单位', '率'], ['<城管>', { part: 0.975 }], ['x', 3]]).arrayBuffer())
    const view = new DataView(bytes.buffer)
    const end = bytes.length - 22
    expect(view.getUint32(end, true)).toBe(0x06054b50)
    const count = view.getUint16(end + 10, true)
    let at = view.getUint32(end + 16, true)
    const files = new Map<string, string>()
    for (let nth = 0; nth < count; nth += 1) {
      expect(view.getUint32(at, true)).toBe(0x02014b50)
      const [crc, size, name, place] = [view.getUint32(at + 16, true), view.getUint32(at + 20, true), view.getUint16(at + 28, true), view.getUint32(at + 42, true)]
      const path = new TextDecoder().decode(bytes.slice(at + 46, at + 46 + name))
      expect(view.getUint32(place, true)).toBe(0x04034b50)
      const content = bytes.slice(place + 30 + name, place + 30 + name + size)
      expect(crc32(content)).toBe(crc)
      files.set(path, new TextDecoder().decode(content))
      at += 46 + name
    }
    expect(at).toBe(end)
    expect(files.size).toBe(6)
    const sheet = files.get('xl/worksheets/sheet1.xml') ?? ''
    expect(sheet).toContain('&lt;城管&gt;')
    expect(sheet).toContain('<c r="B2" s="1"><v>0.975</v></c>')
    expect(sheet).toContain('<c r="B3"><v>3</v></c>')
    expect(files.get('xl/workbook.xml')).toContain('name="三率  2024 11"')
  })
})
