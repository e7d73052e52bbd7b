import { beforeAll, describe, expect, it, vi } from 'vitest'

// The module remembers the language of the browser.
beforeAll(() => vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => undefined }))

describe('eventWord', () => {
  it('says what a contact did without words', async () => {
    vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => undefined })
    const { eventWord } = await import('./words')
    expect(eventWord('CLICK HUMAN')).toBe('点了菜单“人工客服”')
    expect(eventWord('CLICK other')).toBe('点了菜单')
    expect(eventWord('subscribe ')).toBe('关注了公众号')
    expect(eventWord('subscribe 0123')).toBe('扫码关注了公众号')
    expect(eventWord('LOCATION x')).toBe('LOCATION x')
  })
})
