import { expect, it } from 'vitest'
import { asNumber } from './numbers'

it('reads numbers as people write them', () => {
  const number = '250101-093022-000123'
  for (const written of [number, '250101093022000123', ' 250101 093022 000123 ', '250101－093022－000123']) {
    expect(asNumber(written), written).toBe(number)
  }
  for (const other of ['', '25010109302200012', '2501010930220001234', '25010109302200012x']) {
    expect(asNumber(other), other).toBeUndefined()
  }
})
