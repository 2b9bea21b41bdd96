import { expect, it } from 'vitest'
import { addressOf, receiptOf } from './receipts'

it('finds number and secret again in the address that a QR code holds', () => {
  const receipt = { number: '250101-093022-000123', secret: '7KQ2-M0XR-9TBD' }
  const address = new URL(addressOf(receipt, 'https://city.example'))
  expect(address.search).toBe('')
  expect(receiptOf(address.hash)).toEqual(receipt)
  expect(receiptOf('#main')).toBeUndefined()
  expect(receiptOf('#250101-093022-00012.7KQ2-M0XR-9TBD')).toBeUndefined()
})
