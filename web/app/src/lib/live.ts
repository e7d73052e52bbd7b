// The live event stream: one connection for the whole app. Events only say
// what changed; views load it again by its route.
import { ref } from 'vue'
import { server } from './server'
import type { LiveEvent } from './types'

type Listener = (e: LiveEvent) => void

const listeners = new Map<string, Set<Listener>>()

/** The types of docs/api.md, "Live events"; a test compares them. */
export const eventTypes = [
  'message', 'status', 'case', 'note', 'read', 'delivery', 'binding',
  'unanswered', 'knowledge', 'notice', 'incident', 'presence', 'reset', 'ping',
] as const
export type EventType = (typeof eventTypes)[number]

/** "starting" before the first word of the server, "off" while reconnecting. */
export const connection = ref<'starting' | 'on' | 'off'>('starting')

/** Hears events of these types until the returned function is called. */
export function listen(kinds: EventType[], f: Listener): () => void {
  for (const k of kinds) {
    if (!listeners.has(k)) listeners.set(k, new Set())
    listeners.get(k)?.add(f)
  }
  return () => kinds.forEach((k) => listeners.get(k)?.delete(f))
}

let source: EventSource | null = null
let watchdog = 0
let retry = 0
let lastHeard = 0
let lastId = ''
const seen = new Map<string, number>()

/** True the first time an id is seen; replay after a reconnect repeats some. */
export function firstTime(id: string, at = Date.now()): boolean {
  if (!id || id === '0') return true
  if (seen.has(id)) return false
  seen.set(id, at)
  if (seen.size > 2000) {
    for (const [k, v] of seen) if (at - v > 120_000) seen.delete(k)
  }
  return true
}

function tell(e: LiveEvent): void {
  listeners.get(e.type)?.forEach((f) => f(e))
}

function heard(): void {
  // Nothing to replay from: whatever was missed is loaded as a whole.
  const missed = connection.value === 'off' && !lastId
  lastHeard = Date.now()
  connection.value = 'on'
  if (missed) reload()
}

/** Lets everything on screen load again. */
export function reload(): void {
  tell({ id: '', type: 'reset', subject_id: '0', version: 0, data: {}, at: new Date().toISOString() })
}

export function connect(): void {
  drop()
  const s = new EventSource(server.eventsUrl() + (lastId ? `?last_event_id=${encodeURIComponent(lastId)}` : ''))
  source = s
  lastHeard = Date.now()
  s.onopen = heard
  s.onerror = () => {
    connection.value = 'off'
    // A refused stream is not tried again by the browser. It may be that the
    // session has ended: asking who we are shows the sign-in page.
    if (s.readyState === EventSource.CLOSED && source === s) {
      retry = window.setTimeout(() => {
        server.me().then(connect, () => source === s && connect())
      }, 3000)
    }
  }
  for (const type of eventTypes) {
    s.addEventListener(type, (raw) => {
      heard()
      if (type === 'ping') return
      const e = JSON.parse((raw as MessageEvent<string>).data) as LiveEvent
      if (e.id && e.id !== '0') lastId = e.id
      if (firstTime(e.id)) tell(e)
    })
  }
  // A dead connection that no error reports: nothing for a minute.
  watchdog = window.setInterval(() => {
    if (Date.now() - lastHeard > 60_000) {
      connection.value = 'off'
      connect()
    }
  }, 15_000)
}

function drop(): void {
  source?.close()
  source = null
  window.clearInterval(watchdog)
  window.clearTimeout(retry)
}

/** Ends the stream for good (signed out); nothing is replayed afterwards. */
export function disconnect(): void {
  drop()
  lastId = ''
  connection.value = 'starting'
}
