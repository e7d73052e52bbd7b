// The live event stream: one connection for the whole app. Events only say
// what changed; views load it again by its route.
import { ref } from 'vue'
import { server } from './server'
import type { LiveEvent } from './types'

type Listener = (e: LiveEvent) => void

const listeners = new Map<string, Set<Listener>>()
const types = ['message', 'conversation', 'handoff', 'note', 'delivery', 'bind_request', 'knowledge', 'notice', 'presence', 'reset', 'ping']

/** "on" while events arrive, "off" while reconnecting. */
export const connection = ref<'on' | 'off'>('off')

/** Hears events of these types until the returned function is called. */
export function listen(kinds: string[], f: Listener): () => void {
  for (const k of kinds) {
    if (!listeners.has(k)) listeners.set(k, new Set())
    listeners.get(k)?.add(f)
  }
  return () => kinds.forEach((k) => listeners.get(k)?.delete(f))
}

let source: EventSource | null = null
let watchdog = 0
let lastHeard = 0
let lastId = ''
const seen = new Map<string, number>()

/** True the first time an id is seen; replay after a reconnect repeats some. */
export function firstTime(id: string, at = Date.now()): boolean {
  if (!id) return true
  if (seen.has(id)) return false
  seen.set(id, at)
  if (seen.size > 2000) {
    for (const [k, v] of seen) if (at - v > 120_000) seen.delete(k)
  }
  return true
}

export function connect(): void {
  disconnect()
  const u = server.eventsUrl() + (lastId ? `?last_event_id=${encodeURIComponent(lastId)}` : '')
  source = new EventSource(u)
  source.onopen = () => {
    connection.value = 'on'
    lastHeard = Date.now()
  }
  source.onerror = () => {
    connection.value = 'off'
  }
  for (const type of types) {
    source.addEventListener(type, (raw) => {
      lastHeard = Date.now()
      connection.value = 'on'
      if (type === 'ping') return
      const e = JSON.parse((raw as MessageEvent<string>).data) as LiveEvent
      if (e.id) lastId = e.id
      if (!firstTime(e.id)) return
      listeners.get(type)?.forEach((f) => f(e))
    })
  }
  // A dead connection that no error reports: nothing for a minute.
  watchdog = window.setInterval(() => {
    if (Date.now() - lastHeard > 60_000) connect()
  }, 15_000)
}

export function disconnect(): void {
  source?.close()
  source = null
  window.clearInterval(watchdog)
  connection.value = 'off'
}
