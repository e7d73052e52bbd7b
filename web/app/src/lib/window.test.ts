import { describe, expect, it } from 'vitest'
import { windowLeft } from './window'

const now = Date.parse('2026-11-18T16:00:00+08:00')
const w = { open: true, end_at: '2026-11-20T15:12:00+08:00', left: 5, hint: '' }

describe('windowLeft', () => {
  it('counts down on the server clock', () => {
    expect(windowLeft(w, now)).toEqual({ text: '还可发5条 · 窗口还剩47小时12分', tone: 'plain' })
    expect(windowLeft({ ...w, left: 1 }, now).tone).toBe('low')
    expect(windowLeft({ ...w, end_at: '2026-11-18T17:30:00+08:00' }, now).tone).toBe('low')
  })
  it('is shut when closed, used up, or over since it was loaded', () => {
    expect(windowLeft({ ...w, open: false, hint: '说明' }, now)).toEqual({ text: '说明', tone: 'shut' })
    expect(windowLeft({ ...w, left: 0 }, now).tone).toBe('shut')
    expect(windowLeft({ ...w, end_at: '2026-11-18T15:59:00+08:00', hint: '现在就能发' }, now)).toMatchObject({ tone: 'shut', text: expect.stringContaining('48小时') })
  })
})
