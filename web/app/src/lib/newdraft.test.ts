import { expect, it } from 'vitest'
import { startDraft, takeSeed } from './newdraft'

it('gives a seed once', () => {
  expect(takeSeed()).toBeNull()
  startDraft({ title: 'a', phrasings: ['b'], body: 'c', lessons: ['1'] })
  expect(takeSeed()?.title).toBe('a')
  expect(takeSeed()).toBeNull()
})
