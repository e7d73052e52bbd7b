package understand

// behindCard cuts what people write behind a whole card number when they copy
// the card: the expiry date and the three digits from its back, without the
// words that wordSpans needs (6222… 09/28 731; …,有效期0928,后三位731).
func behindCard(c []cell, ends []cutEnd, add func(from, to int, kind string)) {
	for _, e := range ends {
		from, named, expired := -1, false, e.expiry
		var expiry [2]int
		for j := e.at; j < len(c) && j-e.at <= 16; j++ {
			if n := digitsAt(c, j); n > 0 {
				switch {
				case n == 1 && c[j].r == '3' && at(c, j+1) == '位':
					named = true
				case !expired && expiryAt(c, j) > 0:
					expired, expiry = true, [2]int{j, expiryAt(c, j)}
					j = expiry[1] - 1
				case n == 3:
					from = j
				default:
					j = len(c)
				}
				if from >= 0 {
					break
				}
				continue
			}
			if j == e.at && c[j].r == '/' && digitsAt(c, j+1) == 2 && expiryAt(c, j+1) == 0 { // the month was taken for the card's end
				expired, expiry = true, [2]int{j, j + 3}
				j += 2
				continue
			}
			if follows(c, j, "三位") > 0 || follows(c, j, "三码") > 0 {
				named = true
			}
			if !fills(c[j].r) && c[j].r != '/' && c[j].r != '、' && c[j].r != '|' {
				break
			}
		}
		if from < 0 || measured(c, from+3) {
			continue
		}
		if !named && (!expired || !endsThere(c, from+3)) {
			continue
		}
		add(from, from+3, kindCVV)
		if expiry[1] > 0 {
			add(expiry[0], expiry[1], kindExpiry)
		}
	}
}

// lastThree cuts 后三位731 in a text that gives a card number or an expiry date
// away, or speaks of one: elsewhere it is the end of some reference.
func lastThree(c []cell, given bool, add func(from, to int, kind string)) {
	w := secretWord{kind: kindCVV, min: 3, max: 3}
	for i := range c {
		if c[i].r != '后' && c[i].r != '末' || at(c, i-1) == '号' && at(c, i-2) != '卡' {
			continue
		}
		for _, word := range []string{"后三位", "末三位", "后3位", "末3位"} {
			if e := follows(c, i, word); e > 0 {
				if given = given || speaksOfCard(c); !given {
					return
				}
				if from, to := digitsBehind(c, e, &w); to > from {
					add(from, to, kindCVV)
				}
			}
		}
	}
}

// cutEnd is the cell behind a card number or an expiry date.
type cutEnd struct {
	at     int
	expiry bool
}

// digitsAt is the number of digits that begin at cell j.
func digitsAt(c []cell, j int) int {
	if digitAt(c, j-1) >= 0 {
		return 0
	}
	n := 0
	for isDigit(at(c, j+n)) {
		n++
	}
	return n
}

// expiryAt returns the end of a month and year at cell j (0928, 09/28, 09-28),
// 0 for none.
func expiryAt(c []cell, j int) int {
	n := digitsAt(c, j)
	if n != 4 && n != 2 {
		return 0
	}
	month := digitAt(c, j)*10 + digitAt(c, j+1)
	if month < 1 || month > 12 {
		return 0
	}
	if n == 4 {
		return j + 4
	}
	if s := at(c, j+2); (s == '/' || s == '-') && digitsAt(c, j+3) == 2 {
		return j + 5
	}
	return 0
}

// endsThere reports that the text or the clause ends at cell j.
func endsThere(c []cell, j int) bool {
	switch at(c, j) {
	case 0, ' ', '\n', ',', '，', '。', ';', '、', ')', '!':
		return true
	}
	return false
}
