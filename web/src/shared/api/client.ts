import createClient, { type Middleware } from 'openapi-fetch'
import { preferences } from '@/shared/preferences'
import type { components, paths } from './schema'

/** The types of the interface by their names in the OpenAPI document. */
export type Schemas = components['schemas']
export type Title = Schemas['Title']
export type Named = Schemas['Named']
export type UnitName = Schemas['UnitName']
export type CaseSummary = Schemas['CaseSummary']
export type Case = Schemas['Case']
export type Model = Schemas['Model']
export type ProblemBody = Schemas['Problem']

const inTheReadersLanguage: Middleware = {
  onRequest({ request }) {
    request.headers.set('Accept-Language', preferences.locale)
    return request
  },
}

/** The interface of the server, typed by its OpenAPI document. Use it through `ask`. */
export const api = createClient<paths>({ baseUrl: '', credentials: 'same-origin' })
api.use(inTheReadersLanguage)

/** Why something was not done. What it says is for the person who reads it. */
export class Failure extends Error {
  override readonly name = 'Failure'

  constructor(
    /** HTTP status; 0: the server was not reached. */
    readonly status: number,
    /** Stable name, for programs. */
    readonly code: string,
    detail: string,
    /** The field that it is about, as the interface names it. */
    readonly field?: string,
    /** The version of the record now, where somebody else has changed it. */
    readonly currentVersion?: number,
    /** Seconds after which it is worth trying again. */
    readonly retryAfter?: number,
  ) {
    super(detail)
  }

  /** Whether nobody is signed in (any more). */
  get isSignedOut(): boolean {
    return this.status === 401 && this.code === 'unauthenticated'
  }

  /** Whether the server was not reached at all, so that the same may work in a moment. */
  get isOffline(): boolean {
    return this.status === 0
  }

  /** Whether somebody else has changed the record since it was read. */
  get isStale(): boolean {
    return this.code === 'stale_version'
  }
}

const NOT_REACHED: Title = {
  zh: '连接不上服务器，请检查网络后重试；已填写的内容不会丢失',
  en: 'The server cannot be reached. Check your connection and try again; nothing you typed is lost',
}
const NOT_UNDERSTOOD: Title = {
  zh: '服务器的回答无法识别，请稍后重试',
  en: 'The answer of the server cannot be understood: try again later',
}

/** A title in the reader's language; in Chinese where a place has none in English. */
export function told(title: Title): string {
  return (preferences.locale === 'en' && title.en) || title.zh
}

function isProblem(body: unknown): body is ProblemBody {
  return typeof body === 'object' && body !== null && 'code' in body && 'detail' in body
}

/** What a problem of the interface means. */
export function failureOf(response: Response, body: unknown): Failure {
  const retryAfter = Number(response.headers.get('Retry-After')) || undefined
  if (isProblem(body)) {
    return new Failure(
      response.status,
      body.code,
      body.detail,
      body.field,
      body.current_version,
      retryAfter,
    )
  }
  return new Failure(response.status, 'not_understood', told(NOT_UNDERSTOOD), undefined, undefined, retryAfter)
}

interface Answer<T> {
  data?: T
  error?: unknown
  response: Response
}

/** Failures that concern everybody are told here once: the desk listens for the end of its session. */
type Listener = (failure: Failure) => void
const listeners = new Set<Listener>()
export function onFailure(listener: Listener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/**
 * The data of an answer.
 *
 * @throws {Failure} when it was not done, whatever the reason.
 */
export async function ask<T>(answer: Promise<Answer<T>>): Promise<T> {
  let failure: Failure
  try {
    const { data, error, response } = await answer
    if (response.ok) return data as T
    failure = failureOf(response, error)
  } catch (fault) {
    if (fault instanceof DOMException && fault.name === 'AbortError') throw fault
    if (fault instanceof SyntaxError) failure = new Failure(500, 'not_understood', told(NOT_UNDERSTOOD))
    else failure = new Failure(0, 'not_reached', told(NOT_REACHED))
  }
  for (const listener of listeners) listener(failure)
  throw failure
}

/** A fault as something to tell; a mistake of this program is one too. */
export function asFailure(fault: unknown): Failure {
  if (fault instanceof Failure) return fault
  return new Failure(500, 'page_fault', fault instanceof Error ? fault.message : String(fault))
}

/** Sends a file as it is. `how` says how much has gone, 0 to 1. */
export function upload(path: string, file: Blob, name: string, how: (part: number) => void): Promise<Schemas['Uploaded']> {
  return new Promise((resolve, reject) => {
    // fetch does not tell how much of a body has gone.
    const request = new XMLHttpRequest()
    request.open('POST', `${path}?name=${encodeURIComponent(name)}`)
    request.setRequestHeader('Accept-Language', preferences.locale)
    request.setRequestHeader('Content-Type', 'application/octet-stream')
    request.responseType = 'json'
    request.upload.addEventListener('progress', (event) => how(event.total ? event.loaded / event.total : 0))
    request.addEventListener('load', () => {
      if (request.status < 300) resolve(request.response as Schemas['Uploaded'])
      else reject(failureOf(new Response(null, { status: request.status || 500 }), request.response))
    })
    request.addEventListener('error', () => reject(new Failure(0, 'not_reached', told(NOT_REACHED))))
    request.send(file)
  })
}
