import { expect, it } from 'vitest'
import { evidenceLine, matchWord, tone } from './ledgerwords'

it('colours a diagnosis by who has to act', () => {
  expect(tone({ cause: 'CYCLE_NOT_DUE', human: false })).toBe('wait')
  expect(tone({ cause: 'CYCLE_NOT_DUE', human: true })).toBe('bad')
  expect(tone({ cause: 'PAID_NOT_NOTICED', human: false })).toBe('good')
  expect(tone({ cause: 'TXN_DECLINED', human: false })).toBe('plain')
  expect(tone({ cause: 'RISK_HOLD', human: false })).toBe('warn')
  expect(tone({ cause: 'SOMETHING_NEW', human: false })).toBe('warn')
  expect(tone(null)).toBe('plain')
})

it('says evidence in words and keeps what it does not know', () => {
  expect(evidenceLine({ row: 'B1', field: 'state', value: 'SCHEDULED' })).toBe('B1 · 状态：已排期')
  expect(evidenceLine({ row: 'B1', field: 'due', value: '2026-11-22' })).toBe('B1 · 应付日：2026-11-22')
  expect(evidenceLine({ row: 'B1', field: 'odd', value: 'X' })).toBe('B1 · odd：X')
  expect(matchWord('amount_gross')).toBe('金额相符')
  expect(matchWord('odd')).toBe('odd')
})
