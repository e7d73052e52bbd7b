import { describe, expect, it, vi } from 'vitest'
import doc from '../../../../docs/api.md?raw'

vi.mock('./server', () => ({ server: { eventsUrl: () => '/events' } }))
const { eventTypes, firstTime } = await import('./live')

describe('eventTypes', () => {
  it('are those of the API document', () => {
    const table = doc.slice(doc.indexOf('## Live events'))
    const told = [...table.matchAll(/^\| `(\w+)` \|/gm)].map((m) => m[1]).filter((n) => n !== 'event')
    expect(told.length).toBeGreaterThan(8)
    expect([...eventTypes].sort()).toEqual(told.sort())
  })
})

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
