import { describe, expect, it } from 'vitest'
import { ApiError } from './api'
import { between, runBatch, undoing, type BatchAsk, type Line } from './batch'
import type { BatchResult } from './types'

const result = (id: string, done: boolean, undo: BatchResult['undo'] = null): BatchResult => ({ id, title: id.toUpperCase(), done, code: done ? '' : 'NO_DRAFT', detail: '', findings: [], golden: [], undo })
const ask = (n: number): BatchAsk => ({ action: 'publish', items: Array.from({ length: n }, (_, i) => ({ id: `e${i}` })) })
const titles = new Map([['e9', '第九条']])

describe('a batch', () => {
  it('goes in lots and tells every entry once, in order', async () => {
    const sent: number[] = []
    const seen: number[] = []
    const run = await runBatch(
      async (a) => (sent.push(a.items.length), { items: a.items.map((i) => result(i.id, i.id !== 'e3')) }),
      ask(20),
      titles,
      (r) => seen.push(r.lines.length),
      () => false,
    )
    expect(sent).toEqual([8, 8, 4])
    expect(seen).toEqual([8, 16, 20, 20])
    expect(run.lines.map((l) => l.id)).toEqual(ask(20).items.map((i) => i.id))
    expect(run.lines.filter((l) => l.outcome === 'refused').map((l) => l.id)).toEqual(['e3'])
  })

  it.each([
    [new ApiError(0, 'offline', '连不上'), 'unknown'],
    [new ApiError(502, '', '坏了'), 'unknown'],
    [new ApiError(403, 'FORBIDDEN', '不行'), 'refused'],
    [new Error('x'), 'unknown'],
  ])('ends with a lost or refused lot, and says so of each', async (error, outcome) => {
    let n = 0
    const send = async (a: BatchAsk) => {
      if (++n === 2) throw error
      return { items: a.items.map((i) => result(i.id, true)) }
    }
    const run = await runBatch(send, ask(20), titles, () => {}, () => false)
    expect(n).toBe(2)
    expect(run.lines).toHaveLength(20)
    expect(run.lines[7]?.outcome).toBe('done')
    expect(run.lines[9]).toMatchObject({ id: 'e9', title: '第九条', outcome, detail: error.message })
    expect(run.lines[16]?.outcome).toBe('skipped')
  })

  it('stops between lots when told', async () => {
    let lots = 0
    const run = await runBatch(async (a) => (lots++, { items: a.items.map((i) => result(i.id, true)) }), ask(20), titles, () => {}, () => lots === 1)
    expect(run.lines.filter((l) => l.outcome === 'done')).toHaveLength(8)
    expect(run.lines.filter((l) => l.outcome === 'skipped')).toHaveLength(12)
  })
})

it('is taken back from its end, what can be', () => {
  const line = (id: string, undo: BatchResult['undo'], outcome: Line['outcome'] = 'done'): Line => ({ ...result(id, outcome === 'done', undo), outcome })
  expect(undoing([line('a', { action: 'rollback', value: '2' }), line('b', { action: 'archive', value: '' }), line('c', { action: 'archive', value: '' }), line('d', null), line('e', { action: 'archive', value: '' }, 'refused')])).toEqual([
    { action: 'archive', items: [{ id: 'c' }, { id: 'b' }] },
    { action: 'rollback', items: [{ id: 'a', value: '2' }] },
  ])
})

it('chooses a range either way', () => {
  const ids = ['a', 'b', 'c', 'd']
  expect(between(ids, 'd', 'b')).toEqual(['b', 'c', 'd'])
  expect(between(ids, 'a', 'c')).toEqual(['a', 'b', 'c'])
  expect(between(ids, 'gone', 'c')).toEqual(['c'])
})
