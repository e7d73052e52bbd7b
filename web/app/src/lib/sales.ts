// The ledger panel's list: filtered, cut to what is drawn, grouped by day.
import { dayKey } from './format'
import { tone, type Tone } from './ledgerwords'
import type { LedgerView } from './types'

export type Sale = LedgerView['sales'][number]
export type Filter = 'all' | 'trouble' | 'wait' | 'good'

const shown: Record<Exclude<Filter, 'all'>, Tone[]> = { trouble: ['bad', 'warn'], wait: ['wait'], good: ['good'] }

export function keep(sales: Sale[], f: Filter): Sale[] {
  return f === 'all' ? sales : sales.filter((s) => s.diagnosis && shown[f].includes(tone(s.diagnosis)))
}

/** The first `most` sales under their days, in the order given. */
export function byDay(sales: Sale[], most: number): { day: string; at: string; sales: Sale[] }[] {
  const out: { day: string; at: string; sales: Sale[] }[] = []
  for (const s of sales.slice(0, most)) {
    const day = dayKey(s.transaction.time)
    const last = out.at(-1)
    if (last?.day === day) last.sales.push(s)
    else out.push({ day, at: s.transaction.time, sales: [s] })
  }
  return out
}
