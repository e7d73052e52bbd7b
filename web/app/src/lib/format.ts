import { t as say } from './words'

// Money is fen, times are RFC 3339; both are read by people in China.

/** fen → "4,970.00元"; null or undefined → "—" (unknown is never zero). */
export function yuan(fen: number | null | undefined): string {
  if (fen === null || fen === undefined) return '—'
  const sign = fen < 0 ? '-' : ''
  const abs = Math.abs(Math.round(fen))
  const whole = Math.floor(abs / 100).toString().replace(/\B(?=(\d{3})+(?!\d))/g, ',')
  return `${sign}${whole}.${(abs % 100).toString().padStart(2, '0')}元`
}

/** The parts of an instant in Asia/Shanghai, whatever zone the browser is in. */
function parts(iso: string): { y: number; m: number; d: number; hm: string } | null {
  const t = Date.parse(iso)
  if (Number.isNaN(t) || t <= 0) return null
  const s = new Date(t + 8 * 3600_000).toISOString()
  return { y: +s.slice(0, 4), m: +s.slice(5, 7), d: +s.slice(8, 10), hm: s.slice(11, 16) }
}

/** "11:20" today, "昨天 11:20", "11月18日 11:20", "2025年11月18日 11:20". */
export function when(iso: string | undefined, now = Date.now()): string {
  if (!iso) return ''
  const p = parts(iso)
  const n = parts(new Date(now).toISOString())
  if (!p || !n) return ''
  const day = (q: { y: number; m: number; d: number }) => Date.UTC(q.y, q.m - 1, q.d) / 86400_000
  const ago = day(n) - day(p)
  if (ago === 0) return p.hm
  if (ago === 1) return say(`昨天 ${p.hm}`, `yesterday ${p.hm}`)
  if (p.y === n.y) return say(`${p.m}月${p.d}日 ${p.hm}`, `${p.m}/${p.d} ${p.hm}`)
  return say(`${p.y}年${p.m}月${p.d}日 ${p.hm}`, `${p.y}-${p.m}-${p.d} ${p.hm}`)
}

/** A waiting time in short: "刚刚", "12分钟", "3小时", "2天". */
export function since(iso: string | undefined, now = Date.now()): string {
  const t = iso ? Date.parse(iso) : Number.NaN
  if (Number.isNaN(t) || t <= 0) return ''
  const min = Math.floor((now - t) / 60_000)
  if (min < 1) return say('刚刚', 'just now')
  if (min < 60) return say(`${min}分钟`, `${min} min`)
  if (min < 48 * 60) return say(`${Math.floor(min / 60)}小时`, `${Math.floor(min / 60)} h`)
  return say(`${Math.floor(min / 1440)}天`, `${Math.floor(min / 1440)} d`)
}

/** Time left until an instant: "47小时12分", "8分", "" when it has passed. */
export function left(iso: string | undefined, now = Date.now()): string {
  const t = iso ? Date.parse(iso) : Number.NaN
  if (Number.isNaN(t)) return ''
  const min = Math.floor((t - now) / 60_000)
  if (min < 0) return ''
  if (min < 60) return say(`${min}分`, `${min} min`)
  return say(`${Math.floor(min / 60)}小时${min % 60}分`, `${Math.floor(min / 60)} h ${min % 60} min`)
}

/** "今天", "昨天", "11月18日 周三": the heading of a day in a list. */
export function dayName(iso: string, now = Date.now(), lang: 'zh' | 'en' = 'zh'): string {
  const p = parts(iso)
  const n = parts(new Date(now).toISOString())
  if (!p || !n) return ''
  const at = Date.UTC(p.y, p.m - 1, p.d)
  const ago = (Date.UTC(n.y, n.m - 1, n.d) - at) / 86400_000
  const week = new Date(at).getUTCDay()
  if (lang === 'en') return `${['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'][week]} ${p.y}-${p.m}-${p.d}`
  const name = `${p.y === n.y ? '' : `${p.y}年`}${p.m}月${p.d}日 周${'日一二三四五六'[week]}`
  return ago === 0 ? `今天 · ${name}` : ago === 1 ? `昨天 · ${name}` : name
}

/** The day of an instant in Shanghai, YYYY-MM-DD: a key for grouping. */
export function dayKey(iso: string): string {
  const t = Date.parse(iso)
  return Number.isNaN(t) ? '' : new Date(t + 8 * 3600_000).toISOString().slice(0, 10)
}

/** Hours and minutes in Shanghai. */
export function clock(iso: string): string {
  return parts(iso)?.hm ?? ''
}

/** A contact without a nickname is known by the tail of the openid only: set
 * apart, so that it does not read like a name. */
export function contactName(name: string): string {
  return name.replace(/^微信用户(?=[\w-]+$)/, '微信用户 …')
}
