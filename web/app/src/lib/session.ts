// Who is signed in. One reactive value; the whole app reads it.
import { computed, ref } from 'vue'
import type { Session } from './types'

export const session = ref<Session | null>(null)
export const me = computed(() => session.value?.user)

/** The session has ended while somebody worked: the sign-in page covers the
 * screen, and what was typed is still there afterwards. */
export const expired = ref(false)

export function can(permission: string): boolean {
  return session.value?.permissions.includes(permission) ?? false
}

/** Milliseconds to add to the browser's clock to get the server's: in a demo
 * that was started elsewhere in time, countdowns follow the server. */
let skew = 0

export function keepClock(serverNow: string): void {
  const t = Date.parse(serverNow)
  if (!Number.isNaN(t)) skew = t - Date.now()
}

/** The server's clock, ticking every 15 s for the countdowns on screen. */
export const now = ref(Date.now())
export function tick(): void {
  now.value = Date.now() + skew
}
