// Times that people choose are Beijing times, whatever zone the browser is in:
// China has one zone and no summer time, so it is UTC and eight hours.
const ahead = 8 * 3600_000

/** An instant (RFC 3339 or ms) as the clock in Beijing shows it,
 * "2026-11-18T16:00"; "" for what is no instant. */
export function toWall(at: string | number | undefined | null): string {
  const t = typeof at === 'number' ? at : Date.parse(at ?? '')
  return Number.isNaN(t) ? '' : new Date(t + ahead).toISOString().slice(0, 16)
}

/** The instant (RFC 3339, UTC) of a Beijing clock; "" for what is no time. */
export function fromWall(wall: string): string {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/.test(wall)) return ''
  const t = Date.parse(`${wall}Z`)
  // 31 June and the like are no days: some browsers count them on.
  return Number.isNaN(t) || !new Date(t).toISOString().startsWith(wall) ? '' : new Date(t - ahead).toISOString()
}

/** The day in Beijing, "2026-11-18". */
export function dayOf(at: string | number): string {
  return toWall(at).slice(0, 10)
}

/** The instant at which a day begins in Beijing; "" for no day. */
export function startOf(day: string): string {
  return fromWall(`${day}T00:00`)
}

/** A local Date with the same day of the calendar: what a calendar widget
 * wants, which knows the browser's zone only. Noon, which every zone has. */
export function asLocalDay(day: string): Date {
  const [y = 1970, m = 1, d = 1] = day.split('-').map(Number)
  return new Date(y, m - 1, d, 12)
}

/** The day of the calendar that such a Date stands for. */
export function localDay(d: Date): string {
  const two = (n: number) => String(n).padStart(2, '0')
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`
}
