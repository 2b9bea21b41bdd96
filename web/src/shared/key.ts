/** A random key for a request that may be repeated. `crypto.randomUUID` is there over HTTPS alone. */
export function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
