import { computed, ref, type Ref } from 'vue'
import { useDraft } from '@/shared/drafts'
import { asNumber } from '@/shared/numbers'
import { keep, kept } from '@/shared/preferences'

/** What a reporter needs to find a report again. */
export interface Receipt {
  number: string
  secret: string
}

const KEY = 'quanyu.receipts'

/** The receipts that somebody asked this device to remember; others may use it too, so nothing is kept unasked. */
export const receipts = ref<Receipt[]>(read())

function read(): Receipt[] {
  try {
    const list: unknown = JSON.parse(kept('localStorage', KEY) ?? '[]')
    return Array.isArray(list) ? (list as Receipt[]) : []
  } catch {
    return []
  }
}

export function remember(receipt: Receipt): void {
  receipts.value = [receipt, ...receipts.value.filter((other) => other.number !== receipt.number)].slice(0, 20)
  keep('localStorage', KEY, JSON.stringify(receipts.value))
}

export function forget(number: string): void {
  receipts.value = receipts.value.filter((other) => other.number !== number)
  keep('localStorage', KEY, receipts.value.length ? JSON.stringify(receipts.value) : null)
}

/**
 * What this tab was told once, such as number and secret: there again after a reload, for telephones put tabs away by
 * themselves. It ends with the tab, or when somebody says that it is done with.
 */
export function useTold<T extends object>(name: string): { told: Ref<T | null>; done: () => void } {
  const { draft, clear } = useDraft<{ told: T | null }>('told.' + name, () => ({ told: null }))
  const told = computed({ get: () => draft.told, set: (one) => (draft.told = one) })
  return { told, done: clear }
}

/** The address under which a report is followed. The secret stands behind `#`, which browsers send to nobody. */
export function addressOf({ number, secret }: Receipt, origin: string): string {
  return `${origin}/follow#${number}.${secret}`
}

/** Number and secret of such an address's end. */
export function receiptOf(hash: string): Receipt | undefined {
  const match = /^#([\d-]+)\.([0-9A-Za-z-]{8,40})$/.exec(hash)
  const number = asNumber(match?.[1] ?? '')
  return number && match?.[2] ? { number, secret: match[2] } : undefined
}
