import { expect, it } from 'vitest'
import { freshID, startDraft, takeSeed } from './newdraft'

it('gives a seed once', () => {
  expect(takeSeed()).toBeNull()
  startDraft({ title: 'a', phrasings: ['b'], body: 'c', lessons: ['1'] })
  expect(takeSeed()?.title).toBe('a')
  expect(takeSeed()).toBeNull()
})

it('takes a number from the clock that the lint allows', () => {
  expect(freshID(Date.parse('2026-11-22T20:01:02+08:00'))).toBe('entry-261122200102')
})
