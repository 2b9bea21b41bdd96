/** The largest file that the server takes, in bytes. */
export const LARGEST = 20 * 1024 * 1024
/** Telephones take larger photos than anybody needs to see a pothole. */
const LARGE = 3 * 1024 * 1024
const LONGEST_SIDE = 2560

/** A photo small enough to send over a telephone: large ones are drawn anew, others and what is no photo stay as they are. */
export async function fit(file: File): Promise<Blob> {
  if (file.size <= LARGE || !file.type.startsWith('image/')) return file
  let picture: ImageBitmap
  try {
    picture = await createImageBitmap(file)
  } catch {
    // Not a picture that this browser knows: the server says what it takes.
    return file
  }
  const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height))
  const canvas = document.createElement('canvas')
  canvas.width = Math.round(picture.width * scale)
  canvas.height = Math.round(picture.height * scale)
  canvas.getContext('2d')?.drawImage(picture, 0, 0, canvas.width, canvas.height)
  picture.close()
  return new Promise((resolve) => canvas.toBlob((blob) => resolve(blob ?? file), 'image/jpeg', 0.85))
}
