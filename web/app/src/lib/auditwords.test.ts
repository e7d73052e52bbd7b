import { expect, it } from 'vitest'
import { actionWord, detailWord, subjectWord } from './auditwords'
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

it('says details and subjects in words and keeps what people wrote', () => {
  expect(detailWord('by the author alone; golden questions broken: 1, overridden: 口径改了')).toBe('作者本人发布，没有第二人审核；1个标准问题会答错，仍要发布：口径改了')
  expect(detailWord('by the author alone; from 2026-11-22 21:00')).toBe('作者本人发布，没有第二人审核；2026-11-22 21:00 起生效')
  expect(detailWord('solved')).toBe('已解决')
  expect(detailWord('merchants:8221,8222')).toBe('商户 8221、8222')
  expect(detailWord('问过财务了')).toBe('问过财务了')
  expect(detailWord('')).toBe('')
  expect(subjectWord('conversation:912302041214410753')).toEqual({ text: '会话 …410753', to: '/conversations/912302041214410753' })
  expect(subjectWord('article:fee-net')).toEqual({ text: '知识条目 fee-net', to: '/knowledge/fee-net' })
  expect(subjectWord('user:xiaoli')).toEqual({ text: '人员 xiaoli' })
  expect(subjectWord('')).toEqual({ text: '' })
})
