import { expect, it } from 'vitest'
import { byDay, keep, type Sale } from './sales'

const sale = (id: string, time: string, cause: string | null, human = false): Sale => ({
  transaction: { id, time, amount_fen: 100, state: 'SUCCESS' },
  settle_ids: [],
  diagnosis: cause === null ? null : { cause, due: '', net_fen: null, fee_fen: null, schedule: [], evidence: [], doubt: [], human },
})
const list = [
  sale('a', '2026-11-18T00:10:00+08:00', 'OVERDUE', true),
  sale('b', '2026-11-17T23:50:00+08:00', 'CYCLE_NOT_DUE'),
  sale('c', '2026-11-17T10:00:00+08:00', 'PAID_NOT_NOTICED'),
  sale('d', '2026-11-17T09:00:00+08:00', null),
]

it('filters by what has to be done', () => {
  expect(keep(list, 'all')).toHaveLength(4)
  expect(keep(list, 'trouble').map((s) => s.transaction.id)).toEqual(['a'])
  expect(keep(list, 'wait').map((s) => s.transaction.id)).toEqual(['b'])
  expect(keep(list, 'good').map((s) => s.transaction.id)).toEqual(['c'])
})

it('groups by the day of Shanghai and cuts', () => {
  expect(byDay(list, 10).map((g) => [g.day, g.sales.length])).toEqual([['2026-11-18', 1], ['2026-11-17', 3]])
  expect(byDay(list, 2).map((g) => g.sales.length)).toEqual([1, 1])
  expect(byDay([], 2)).toEqual([])
})
