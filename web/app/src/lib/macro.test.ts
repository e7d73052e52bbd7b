import { describe, expect, it } from 'vitest'
import { filled, matching } from './macro'
import type { Macro } from './types'

const list: Macro[] = [
  { id: '1', title: '稍等', text: '您好，我查一下', shortcut: 'sd' },
  { id: '2', title: '核实身份', text: '请提供商户号', shortcut: 'hs' },
  { id: '3', title: '换卡', text: '换结算卡请看', shortcut: '' },
]

describe('matching', () => {
  it('offers all on "/", by shortcut first, then by words', () => {
    expect(matching(list, '/')?.map((m) => m.id)).toEqual(['1', '2', '3'])
    expect(matching(list, '/HS')?.map((m) => m.id)).toEqual(['2'])
    expect(matching(list, '/结算卡')?.map((m) => m.id)).toEqual(['3'])
    expect(matching(list, '/zzz')).toEqual([])
  })
  it('is silent in an ordinary text', () => {
    expect(matching(list, '你好/sd')).toBeNull()
    expect(matching(list, '/sd\n第二行')).toBeNull()
    expect(matching(list, '')).toBeNull()
  })
})

describe('filled', () => {
  it('fills the known places and leaves others', () => {
    expect(filled('{店铺}您好，我是{客服}，{别的}', { 店铺: '张记', 客服: '小李' })).toBe('张记您好，我是小李，{别的}')
    expect(filled('工单{工单号}', { 工单号: '' })).toBe('工单')
  })
})
