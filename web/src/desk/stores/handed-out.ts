import { onMounted, ref, shallowRef } from 'vue'
import { useLoading } from '@/shared/loading'
import { useDoing } from '../doing'
import { useDistricts } from './districts'

/** What somebody outside holds: it works as long as it is switched on. */
interface HandedOut {
  id: string
  active: boolean
  version: number
}
interface Doors<T> {
  read: () => Promise<{ items: T[] }>
  /** Makes one of what stands in the form, and tells for whom with which secret. */
  make: () => Promise<{ label: string; secret: string }>
  /** Switches one on or off. */
  turn: (id: string, body: { active: boolean; version: number }) => Promise<unknown>
}

/** Keys and subscriptions of other systems: read, made with a secret that is shown once, switched off and on. */
export function useHandedOut<T extends HandedOut>(doors: Doors<T>) {
  const { isBusy, failure, act } = useDoing()
  const list = useLoading(async () => (await doors.read()).items)
  const districts = useDistricts()
  const isAdding = ref(false)
  const made = shallowRef<{ label: string; secret: string }>()
  onMounted(list.load)
  const add = () =>
    act(async () => {
      made.value = await doors.make()
      isAdding.value = false
      await list.load()
    })
  const turn = (one: T) =>
    act(async () => {
      await doors.turn(one.id, { active: !one.active, version: one.version })
      await list.load()
    })
  return { list, districts, isAdding, made, add, turn, isBusy, failure }
}
