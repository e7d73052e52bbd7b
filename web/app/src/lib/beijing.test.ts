import { afterEach, describe, expect, it, vi } from 'vitest'
import { asLocalDay, dayOf, fromWall, localDay, startOf, toWall } from './beijing'

// Node reads TZ anew when it is set: the browser of a traveller.
afterEach(() => void vi.unstubAllEnvs())

describe.each([
  ['Asia/Shanghai', -480],
  ['America/New_York', 300],
  ['Pacific/Kiritimati', -840],
  ['Pacific/Pago_Pago', 660],
])('in %s', (zone, offset) => {
  const travel = () => {
    vi.stubEnv('TZ', zone)
    expect(new Date(2026, 0, 1).getTimezoneOffset()).toBe(offset)
  }
  it('reads and writes Beijing clocks', () => {
    travel()
    expect(toWall('2026-11-18T16:00:00+08:00')).toBe('2026-11-18T16:00')
    expect(toWall(Date.parse('2026-11-18T23:30:00Z'))).toBe('2026-11-19T07:30')
    expect(fromWall('2026-11-18T16:00')).toBe('2026-11-18T08:00:00.000Z')
    // An hour that New York skips in March, and one that it has twice.
    for (const wall of ['2026-03-08T02:30', '2026-11-01T01:30']) expect(toWall(fromWall(wall))).toBe(wall)
    expect(dayOf('2026-11-18T20:00:00-05:00')).toBe('2026-11-19')
    expect(startOf('2026-11-19')).toBe('2026-11-18T16:00:00.000Z')
  })
  it('keeps the days of a calendar widget', () => {
    travel()
    for (const day of ['2026-01-01', '2026-03-08', '2026-10-04', '2026-12-31']) expect(localDay(asLocalDay(day))).toBe(day)
  })
})

describe('what is no time', () => {
  it.each(['', '2026-11-18', '2026-13-01T00:00', '2026-06-31T00:00', 'x'])('%s', (wall) => expect(fromWall(wall)).toBe(''))
  it('no instant', () => {
    for (const at of ['', undefined, null, 'x']) expect(toWall(at)).toBe('')
    expect(startOf('')).toBe('')
  })
})
