/** Tables as files for a spreadsheet: CSV, and XLSX (ECMA-376) as a plain ZIP without compression. */

/** A cell: words, a number, a part of one that is shown in per cent, or nothing. */
export type Cell = string | number | { part: number } | null

/** Words that a spreadsheet would take for a formula are kept words. */
const harmless = (text: string) => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text)

export function csv(rows: Cell[][]): Blob {
  const cell = (one: Cell): string => {
    if (one === null) return ''
    if (typeof one === 'number') return String(one)
    if (typeof one === 'object') return String(one.part)
    const text = harmless(one)
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
  }
  // The mark at the beginning tells spreadsheets that the letters are UTF-8.
  const text = `\uFEFF${rows.map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`
  return new Blob([text], { type: 'text/csv;charset=utf-8' })
}

const escaped = (text: string) =>
  text
    // Control characters are no XML.
    .replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F]/g, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')

/** 0 is `A`, 26 is `AA`. */
export function column(at: number): string {
  const letter = String.fromCharCode(65 + (at % 26))
  return at < 26 ? letter : column(Math.floor(at / 26) - 1) + letter
}

const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
const RELATIONS = 'http://schemas.openxmlformats.org/package/2006/relationships'
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const TYPES = 'application/vnd.openxmlformats-officedocument.spreadsheetml'

function sheet(rows: Cell[][]): string {
  const cell = (one: Cell, row: number, at: number): string => {
    const place = `r="${column(at)}${row + 1}"`
    if (one === null) return ''
    if (typeof one === 'number') return `<c ${place}><v>${one}</v></c>`
    if (typeof one === 'object') return `<c ${place} s="1"><v>${one.part}</v></c>`
    const style = row === 0 ? ' s="2"' : ''
    return `<c ${place} t="inlineStr"${style}><is><t xml:space="preserve">${escaped(one)}</t></is></c>`
  }
  const lines = rows.map((row, nth) => `<row r="${nth + 1}">${row.map((one, at) => cell(one, nth, at)).join('')}</row>`)
  return `${HEAD}<worksheet xmlns="${MAIN}"><sheetData>${lines.join('')}</sheetData></worksheet>`
}

const STYLES =
  `${HEAD}<styleSheet xmlns="${MAIN}"><fonts count="2"><font><sz val="11"/></font><font><b/><sz val="11"/></font></fonts>` +
  '<fills count="1"><fill><patternFill patternType="none"/></fill></fills><borders count="1"><border/></borders>' +
  '<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="3"><xf/><xf numFmtId="10" applyNumberFormat="1"/>' +
  '<xf fontId="1" applyFont="1"/></cellXfs></styleSheet>'

/** A workbook of one sheet, whose first row is its head. */
export function xlsx(name: string, rows: Cell[][]): Blob {
  const part = (path: string, type: string) => `<Override PartName="/${path}" ContentType="${TYPES}.${type}+xml"/>`
  const relation = (id: number, what: string, target: string) =>
    `<Relationship Id="rId${id}" Type="${OFFICE}/${what}" Target="${target}"/>`
  // Names of sheets have at most 31 letters, and none of these.
  const title = escaped(name.replace(/[[\]:*?/\\]/g, ' ').slice(0, 31))
  const files: [string, string][] = [
    [
      '[Content_Types].xml',
      `${HEAD}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>' +
        `${part('xl/workbook.xml', 'sheet.main')}${part('xl/worksheets/sheet1.xml', 'worksheet')}${part('xl/styles.xml', 'styles')}</Types>`,
    ],
    ['_rels/.rels', `${HEAD}<Relationships xmlns="${RELATIONS}">${relation(1, 'officeDocument', 'xl/workbook.xml')}</Relationships>`],
    [
      'xl/workbook.xml',
      `${HEAD}<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}"><sheets><sheet name="${title}" sheetId="1" r:id="rId1"/></sheets></workbook>`,
    ],
    [
      'xl/_rels/workbook.xml.rels',
      `${HEAD}<Relationships xmlns="${RELATIONS}">${relation(1, 'worksheet', 'worksheets/sheet1.xml')}${relation(2, 'styles', 'styles.xml')}</Relationships>`,
    ],
    ['xl/worksheets/sheet1.xml', sheet(rows)],
    ['xl/styles.xml', STYLES],
  ]
  const letters = new TextEncoder()
  const bytes = zip(files.map(([path, text]) => ({ path, bytes: letters.encode(text) })))
  return new Blob([bytes], { type: `${TYPES}.sheet` })
}

const CRC = Uint32Array.from({ length: 256 }, (_, n) => {
  let sum = n
  for (let bit = 0; bit < 8; bit += 1) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1
  return sum
})

export function crc32(bytes: Uint8Array): number {
  let sum = 0xffffffff
  for (const byte of bytes) sum = (CRC[(sum ^ byte) & 0xff] ?? 0) ^ (sum >>> 8)
  return (sum ^ 0xffffffff) >>> 0
}

/** Files one after another, as they are, and the list of them at the end (APPNOTE 6.3). */
function zip(files: { path: string; bytes: Uint8Array }[]): Uint8Array<ArrayBuffer> {
  const letters = new TextEncoder()
  const parts: Uint8Array[] = []
  const list: Uint8Array[] = []
  let offset = 0
  /** Numbers of two or four bytes, the lowest first. */
  const record = (...fields: [value: number, size: 2 | 4][]): Uint8Array => {
    const view = new DataView(new ArrayBuffer(fields.reduce((sum, [, size]) => sum + size, 0)))
    let at = 0
    for (const [value, size] of fields) {
      if (size === 2) view.setUint16(at, value, true)
      else view.setUint32(at, value, true)
      at += size
    }
    return new Uint8Array(view.buffer)
  }
  const MIDNIGHT_1980 = 0x0021
  for (const { path, bytes } of files) {
    const name = letters.encode(path)
    // Version 2.0, names in UTF-8, stored, 1 January 1980.
    const common: [number, 2 | 4][] = [
      [20, 2], [0x0800, 2], [0, 2], [0, 2], [MIDNIGHT_1980, 2],
      [crc32(bytes), 4], [bytes.length, 4], [bytes.length, 4], [name.length, 2], [0, 2],
    ]
    const local = record([0x04034b50, 4], ...common)
    list.push(record([0x02014b50, 4], [20, 2], ...common, [0, 2], [0, 2], [0, 2], [0, 4], [offset, 4]), name)
    parts.push(local, name, bytes)
    offset += local.length + name.length + bytes.length
  }
  const size = list.reduce((sum, part) => sum + part.length, 0)
  const end = record([0x06054b50, 4], [0, 2], [0, 2], [files.length, 2], [files.length, 2], [size, 4], [offset, 4], [0, 2])
  const all = [...parts, ...list, end]
  const whole = new Uint8Array(all.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of all) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
