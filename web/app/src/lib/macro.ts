// Macros (快捷回复): typing "/" offers them, their places are filled in.
import type { Macro } from './types'

/** The macros that a composer text asks for: "/" alone is all of them. Null =
 * the text is no request (it does not begin with "/", or goes on in a second
 * line). */
export function matching(macros: Macro[], text: string, most = 6): Macro[] | null {
  if (!text.startsWith('/') || text.includes('\n')) return null
  const q = text.slice(1).trim().toLowerCase()
  const hit = (m: Macro) => (m.shortcut.toLowerCase().startsWith(q) ? 2 : m.title.toLowerCase().includes(q) || m.text.toLowerCase().includes(q) ? 1 : 0)
  return macros
    .map((m) => ({ m, n: hit(m) }))
    .filter((x) => x.n > 0)
    .sort((a, b) => b.n - a.n)
    .slice(0, most)
    .map((x) => x.m)
}

/** The text with {店铺}, {工单号} and {客服} filled in; what is unknown is "". */
export function filled(text: string, places: Record<string, string>): string {
  return text.replace(/\{([^{}]{1,10})\}/g, (whole, name: string) => (name in places ? (places[name] ?? '') : whole))
}
