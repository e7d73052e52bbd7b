import { expect, it } from 'vitest'

// Chinese is written with Chinese punctuation: a half-width mark after a Han
// character in our own strings is a slip.
it('uses full-width punctuation in Chinese', () => {
  const files = import.meta.glob<string>(['../**/*.vue', '../**/*.ts', '!../**/*.test.ts'], { query: '?raw', import: 'default', eager: true })
  const slips: string[] = []
  for (const [name, text] of Object.entries(files)) {
    for (const [i, line] of text.split('\n').entries()) {
      if (/^\s*(\/\/|\*|\/\*)/.test(line)) continue
      // The Chinese of t('…', '…') and of the tables ['…', '…'].
      for (const [, lit = ''] of line.matchAll(/(?:\bt\(|\[)\s*('[^'\n]*'|`[^`\n]*`)/g)) {
        if (/[\u4e00-\u9fff”》][,;:!?]|[,;][\u4e00-\u9fff]/.test(lit) || (!lit.includes('${') && /\([^()]*[\u4e00-\u9fff][^()]*\)/.test(lit))) slips.push(`${name}:${i + 1} ${lit}`)
      }
    }
  }
  expect(Object.keys(files).length).toBeGreaterThan(30)
  expect(slips).toEqual([])
})
