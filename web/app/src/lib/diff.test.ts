import { expect, it } from 'vitest'
import { diffLines } from './diff'

it('names what was removed, added and kept', () => {
  expect(diffLines(['a', 'b', 'c'], ['a', 'x', 'c', 'd']).map((l) => l.kind[0] + l.text)).toEqual(['sa', 'db', 'ax', 'sc', 'ad'])
  expect(diffLines([], ['a'])).toEqual([{ kind: 'add', text: 'a' }])
  expect(diffLines(['a'], [])).toEqual([{ kind: 'del', text: 'a' }])
  expect(diffLines([], [])).toEqual([])
})
