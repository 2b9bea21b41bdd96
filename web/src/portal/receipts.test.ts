import { beforeEach, expect, it } from 'vitest'
import { addressOf, receiptOf, receipts, useTold } from './receipts'

beforeEach(() => sessionStorage.clear())

it('finds number and secret again in the address that a QR code holds', () => {
  const receipt = { number: '250101-093022-000123', secret: '7KQ2-M0XR-9TBD' }
  const address = new URL(addressOf(receipt, 'https://city.example'))
  expect(address.search).toBe('')
  expect(receiptOf(address.hash)).toEqual(receipt)
  expect(receiptOf('#main')).toBeUndefined()
  expect(receiptOf('#250101-093022-00012.7KQ2-M0XR-9TBD')).toBeUndefined()
})

it('has what was told once there again after a reload, in this tab alone, until it is done with', () => {
  const filed = { number: '250101-093022-000123', secret: '7KQ2-M0XR-9TBD' }
  useTold('filed').told.value = filed
  // A page that is loaded again asks anew.
  expect(useTold('filed').told.value).toEqual(filed)
  expect(useTold('support.1').told.value).toBeNull()
  expect(localStorage.length).toBe(0)
  expect(receipts.value).toEqual([])
  useTold('filed').done()
  expect(useTold('filed').told.value).toBeNull()
  expect(sessionStorage.length).toBe(0)
})
