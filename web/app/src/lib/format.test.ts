import { describe, expect, it } from 'vitest'
import { left, since, when, yuan } from './format'

const now = Date.parse('2026-11-18T16:00:00+08:00')

describe('yuan', () => {
  it('writes two decimals and groups', () => {
    expect(yuan(497000)).toBe('4,970.00元')
    expect(yuan(5)).toBe('0.05元')
    expect(yuan(-120)).toBe('-1.20元')
    expect(yuan(123456789)).toBe('1,234,567.89元')
  })
  it('keeps unknown apart from zero', () => {
    expect(yuan(null)).toBe('—')
    expect(yuan(undefined)).toBe('—')
    expect(yuan(0)).toBe('0.00元')
  })
})

describe('when', () => {
  it('is read in Shanghai', () => {
    expect(when('2026-11-18T03:20:00Z', now)).toBe('11:20')
    expect(when('2026-11-17T23:40:00+08:00', now)).toBe('昨天 23:40')
    expect(when('2026-11-02T09:05:00+08:00', now)).toBe('11月2日 09:05')
    expect(when('2025-12-31T23:59:00+08:00', now)).toBe('2025年12月31日 23:59')
  })
  it('says nothing of an unknown time', () => {
    expect(when(undefined, now)).toBe('')
    expect(when('0001-01-01T00:00:00Z', now)).toBe('')
  })
})

describe('since and left', () => {
  it('are short', () => {
    expect(since('2026-11-18T15:59:40+08:00', now)).toBe('刚刚')
    expect(since('2026-11-18T15:48:00+08:00', now)).toBe('12分钟')
    expect(since('2026-11-15T15:48:00+08:00', now)).toBe('3天')
    expect(left('2026-11-20T15:12:00+08:00', now)).toBe('47小时12分')
    expect(left('2026-11-18T15:00:00+08:00', now)).toBe('')
  })
})
