// WeChat's window: 48 hours after the contact's last word, five messages.
import { left } from './format'
import { t } from './words'

export interface Left {
  text: string
  tone: 'plain' | 'low' | 'shut'
}

/** What may still be sent at an instant (ms, server's clock). A window whose
 * end passed while the page was open is closed. */
export function windowLeft(w: { open: boolean; end_at?: string; left: number; hint: string }, now: number): Left {
  const end = w.end_at ? Date.parse(w.end_at) : Number.NaN
  const over = !Number.isNaN(end) && end <= now
  if (!w.open || over) {
    const own = over && w.open ? '' : w.hint
    return { tone: 'shut', text: t(own || '48小时窗口已过：回复会等对方再来消息时发出。', 'The 48 h window is closed: replies wait for the next message.') }
  }
  if (w.left <= 0) return { tone: 'shut', text: t(w.hint || '微信允许的条数已用完：回复会等对方再来消息时发出。', 'The quota is used up: replies wait for the next message.') }
  const rest = left(w.end_at, now)
  const text = t(`还可发${w.left}条`, `${w.left} left`) + (rest ? t(` · 窗口还剩${rest}`, ` · window ends in ${rest}`) : '')
  return { text, tone: w.left <= 1 || (!Number.isNaN(end) && end - now < 2 * 3600_000) ? 'low' : 'plain' }
}
