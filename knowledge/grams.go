package knowledge

import "unicode"

// gram is one or two adjacent tokens. A token is a Han character (or any other
// non-ASCII letter) or a whole ASCII word; the low 32 bits hold the last
// token, the high 32 bits the one before it, 0 for a gram of one token.
type gram uint64

// wordBit tells an ASCII word (hashed) from a character.
const wordBit = 1 << 31

// single reports a gram of one token.
func (g gram) single() bool { return g>>32 == 0 }

// number reports a single token made of digits only.
const numberBit = 1 << 30

func (g gram) number() bool { return g.single() && g&wordBit != 0 && g&numberBit != 0 }

// textGrams are all grams of a text: characters, words, pairs and concepts.
func textGrams(dst []gram, text string) []gram {
	return appendConcepts(appendGrams(dst, text), text)
}

// appendGrams adds the grams of a text in order, repeats included. White space
// keeps two tokens adjacent, any other sign parts them.
func appendGrams(dst []gram, text string) []gram {
	var prev, word uint32
	digits := true
	flush := func() {
		if word == 0 {
			return
		}
		t := word&^numberBit | wordBit
		if digits {
			t |= numberBit
		}
		dst = push(dst, prev, t)
		prev, word, digits = t, 0, true
	}
	for _, r := range text {
		switch {
		case r >= '0' && r <= '9', r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z':
			if word == 0 {
				word = 2166136261 // FNV-1a
			}
			word = (word ^ uint32(r)) * 16777619
			if r > '9' {
				digits = false
			}
			if word == 0 {
				word = 1
			}
		case r > unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			flush()
			dst = push(dst, prev, uint32(r))
			prev = uint32(r)
		case r == ' ' || r == '\t' || r == '\u3000':
			flush()
		default:
			flush()
			prev = 0
		}
	}
	flush()
	return dst
}

func push(dst []gram, prev, t uint32) []gram {
	dst = append(dst, gram(t))
	if prev != 0 {
		dst = append(dst, gram(prev)<<32|gram(t))
	}
	return dst
}
