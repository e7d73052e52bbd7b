import { describe, expect, it } from 'vitest'
import { clock, contactName, dayKey, dayName, left, since, when, yuan } from './format'

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

describe('days', () => {
  it('are named and grouped in Shanghai', () => {
    expect(dayName('2026-11-17T17:30:00Z', now)).toBe('今天 · 11月18日 周三')
    expect(dayName('2026-11-17T10:00:00+08:00', now)).toBe('昨天 · 11月17日 周二')
    expect(dayName('2025-12-31T10:00:00+08:00', now)).toBe('2025年12月31日 周三')
    expect(dayKey('2026-11-17T17:30:00Z')).toBe('2026-11-18')
    expect(dayKey('')).toBe('')
    expect(clock('2026-11-17T17:30:00Z')).toBe('01:30')
  })
})

describe('contactName', () => {
  it('sets the tail of an openid apart and leaves names alone', () => {
    expect(contactName('微信用户hant-1')).toBe('微信用户 …hant-1')
    expect(contactName('张记五金老板')).toBe('张记五金老板')
    expect(contactName('微信用户王')).toBe('微信用户王')
  })
})
