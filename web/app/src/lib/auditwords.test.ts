import { expect, it } from 'vitest'
import { actionWord } from './auditwords'
import { actorWord } from './words'

it('says actions and actors in words and keeps what it does not know', () => {
  expect(actionWord('article.publish')).toBe('知识条目 · 发布')
  expect(actionWord('auth.login_failed')).toBe('登录 · 失败')
  expect(actionWord('article.fold')).toBe('知识条目 · fold')
  expect(actionWord('odd')).toBe('odd')
  expect(actorWord('user:admin')).toBe('admin')
  expect(actorWord('agent:小李')).toBe('小李')
  expect(actorWord('token:erp')).toBe('token:erp')
})
