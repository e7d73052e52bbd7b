import { describe, expect, it, vi } from 'vitest'

vi.mock('./server', () => ({ server: { eventsUrl: () => '/events' } }))
const { firstTime } = await import('./live')

describe('firstTime', () => {
  it('drops what a reconnect replays', () => {
    expect(firstTime('1')).toBe(true)
    expect(firstTime('2')).toBe(true)
    expect(firstTime('1')).toBe(false)
  })
  it('lets events without an id through', () => {
    expect(firstTime('')).toBe(true)
    expect(firstTime('')).toBe(true)
  })
})
