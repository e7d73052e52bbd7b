// What a new entry begins with when a question or an agent's answer becomes one.

export interface Seed {
  title: string
  phrasings: string[]
  body: string
  /** Questions taken off the list once the draft is stored. */
  lessons: string[]
}

let seed: Seed | null = null

export function startDraft(s: Seed): void {
  seed = s
}

/** The seed, once. */
export function takeSeed(): Seed | null {
  const s = seed
  seed = null
  return s
}
