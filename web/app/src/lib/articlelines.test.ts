import { expect, it } from 'vitest'
import { complaints } from './articlelines'

it('names the line of a field that has several', () => {
  const findings = [
    { line: 20, field: 'body', row: 2, message: '含有电话' },
    { line: 18, field: 'body', row: 0, message: '正文太长' },
    { line: 3, field: 'title', row: 1, message: '标题太长' },
  ]
  expect(complaints(findings, 'body')).toEqual(['第2行：含有电话', '正文太长'])
  expect(complaints(findings, 'title')).toEqual(['标题太长'])
  expect(complaints(findings, 'owner')).toEqual([])
})
