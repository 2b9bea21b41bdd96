import { useI18n } from 'vue-i18n'

type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement

const isControl = (one: Element): one is Control =>
  one instanceof HTMLInputElement || one instanceof HTMLSelectElement || one instanceof HTMLTextAreaElement

/** What is wrong with a control, by what it asks for itself: `required`, `type`, `min`, `max`. */
function wrongWith(control: Control): 'missing' | 'choose' | 'address' | 'format' | undefined {
  if (control.disabled || !control.willValidate) return undefined
  if (control.required && !control.value.trim()) return control instanceof HTMLSelectElement ? 'choose' : 'missing'
  if (control.validity.valid) return undefined
  return control.validity.typeMismatch && control.type === 'url' ? 'address' : 'format'
}

/**
 * Checks a form before it is sent: what is wrong stands under each field in the reader's language, and the first has the focus.
 * The form is `novalidate`, because a browser tells it in a language of its own, one field at a time, and is gone in a moment.
 */
export function useCheck(): (event: Event) => boolean {
  const { t } = useI18n()
  return (event) => {
    const form = event.currentTarget as HTMLFormElement
    const controls = [...form.elements].filter(isControl)
    for (const control of controls) clear(control)
    const wrong = controls.flatMap((control) => {
      const what = wrongWith(control)
      if (!what) return []
      const tells = t(`check.${what}`)
      mark(control, tells)
      return [control]
    })
    wrong[0]?.focus()
    return !wrong.length
  }
}

const notes = new WeakMap<Control, HTMLElement>()
let last = 0

function mark(control: Control, tells: string): void {
  const note = document.createElement('p')
  note.className = 'wrong'
  note.id = `check-${(last += 1)}`
  note.textContent = tells
  control.closest('.field')?.append(note) ?? control.after(note)
  notes.set(control, note)
  control.setAttribute('aria-invalid', 'true')
  control.setAttribute('aria-describedby', [control.getAttribute('aria-describedby'), note.id].filter(Boolean).join(' '))
  // Once it is put right, it says nothing more.
  const again = () => {
    if (wrongWith(control)) return
    clear(control)
    control.removeEventListener('input', again)
    control.removeEventListener('change', again)
  }
  control.addEventListener('input', again)
  control.addEventListener('change', again)
}

function clear(control: Control): void {
  const note = notes.get(control)
  if (!note) return
  note.remove()
  notes.delete(control)
  control.removeAttribute('aria-invalid')
  const others = (control.getAttribute('aria-describedby') ?? '').split(' ').filter((id) => id && id !== note.id)
  if (others.length) control.setAttribute('aria-describedby', others.join(' '))
  else control.removeAttribute('aria-describedby')
}
