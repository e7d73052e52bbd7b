// The one door to the server: JSON in, JSON out, errors as ApiError with the
// sentence that a person may read.

/** An answer that is not 2xx (RFC 9457). `message` is for people. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly body: Record<string, unknown> = {},
  ) {
    super(message)
  }
}

let csrf = ''
let onSignedOut: () => void = () => {}

/** Keeps the token that every change must carry. */
export function useCsrf(token: string): void {
  csrf = token
}

/** Called once per 401, so that the app can show the sign-in page. */
export function whenSignedOut(f: () => void): void {
  onSignedOut = f
}

type Query = Record<string, string | number | boolean | undefined>

export function url(path: string, query: Query = {}): string {
  const p = new URLSearchParams()
  for (const [k, v] of Object.entries(query)) {
    if (v !== undefined && v !== '' && v !== false) p.set(k, String(v))
  }
  const s = p.toString()
  return `/api/v1${path}${s ? `?${s}` : ''}`
}

async function call<T>(method: string, path: string, body?: unknown, query?: Query): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json' }
  if (body !== undefined) headers['Content-Type'] = 'application/json'
  if (method !== 'GET' && csrf) headers['X-CSRF-Token'] = csrf
  let res: Response
  try {
    res = await fetch(url(path, query), {
      method,
      headers,
      credentials: 'same-origin',
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(20_000),
    })
  } catch {
    throw new ApiError(0, 'offline', '连不上服务器，请检查网络后重试')
  }
  if (res.status === 204) return undefined as T
  const text = await res.text()
  let data: Record<string, unknown> = {}
  try {
    data = text ? (JSON.parse(text) as Record<string, unknown>) : {}
  } catch {
    data = {}
  }
  if (!res.ok) {
    if (res.status === 401 && path !== '/auth/login') onSignedOut()
    const detail = typeof data.detail === 'string' && data.detail ? data.detail : `服务器出错（${res.status}），请稍后再试`
    throw new ApiError(res.status, typeof data.code === 'string' ? data.code : '', detail, data)
  }
  return data as T
}

export const api = {
  get: <T>(path: string, query?: Query) => call<T>('GET', path, undefined, query),
  post: <T>(path: string, body: unknown = {}) => call<T>('POST', path, body),
  put: <T>(path: string, body: unknown) => call<T>('PUT', path, body),
  patch: <T>(path: string, body: unknown) => call<T>('PATCH', path, body),
  del: <T>(path: string) => call<T>('DELETE', path),
}
