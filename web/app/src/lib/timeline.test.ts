import { describe, expect, it } from 'vitest'
import { lastFinding, timeline } from './timeline'
import type { Message } from './types'

const at = (min: number) => new Date(Date.UTC(2026, 10, 18, 8, min)).toISOString()
const say = (id: string, min: number, more: Partial<Message> = {}): Message => ({
  id, author: 'contact', author_name: '', kind: 'text', text: id, choices: [], media_id: '', at: at(min), delivery: null, trace: null, articles: [], ...more,
})
const note = { id: '9', author_name: '小李', text: '已回拨', at: at(2) }
const change = { from: 'waiting' as const, to: 'human' as const, actor: 'agent:小李', reason: '', at: at(1) }

describe('timeline', () => {
  it('puts notes and changes between the messages', () => {
    const got = timeline([say('1', 0), say('2', 1), say('3', 3)], { notes: [note], changes: [change] }, false)
    expect(got.map((x) => x.key[0] + x.kind)).toEqual(['mmessage', 'mmessage', 'cchange', 'nnote', 'mmessage'])
  })
  it('shows a message once, whatever was loaded twice', () => {
    expect(timeline([say('1', 0), say('1', 0)], { notes: [], changes: [] }, false)).toHaveLength(1)
  })
  it('leaves out what happened before the first message while there are older ones', () => {
    expect(timeline([say('3', 3)], { notes: [note], changes: [change] }, true).map((x) => x.kind)).toEqual(['message'])
    expect(timeline([say('3', 3)], { notes: [note], changes: [change] }, false)).toHaveLength(3)
    expect(timeline([], { notes: [note], changes: [] }, false)).toHaveLength(1)
  })
})

describe('lastFinding', () => {
  const trace = { at: '', query: {}, rule: 'r' }
  it('is the newest answer with a cause and its facts', () => {
    const a = say('1', 0, { trace: { ...trace, cause: 'OVERDUE', evidence: [{ row: 'x', field: 'state', value: 'PAID', rule: '' }] } })
    const plain = say('2', 1, { trace: { ...trace, cause: 'OVERDUE' } })
    expect(lastFinding([a, plain, say('3', 2)])?.id).toBe('1')
    expect(lastFinding([say('3', 2)])).toBeUndefined()
  })
})
