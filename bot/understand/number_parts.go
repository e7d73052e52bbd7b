package understand

// readAbout reads 千把块, 万来块, 百十块: about one of the magnitude.
func readAbout(c []cell, i int) (number, bool) {
	m := magnitude(at(c, i))
	if m < 100 || m > 10_000 || isNumeral(at(c, i-1)) || magnitude(at(c, i-1)) > 0 || at(c, i-1) == '几' || at(c, i-1) == '数' {
		return number{}, false
	}
	e := followsAny(c, i+1, "把来", "把", "来")
	if e == 0 {
		if e = followsAny(c, i+1, "八十", "十"); e == 0 || m != 100 { // 百十块, 百八十块
			return number{}, false
		}
	}
	if r := at(c, e); r != '块' && r != '元' && r != '钱' {
		return number{}, false
	}
	return number{lo: m * scale, hi: m * scale, end: e, big: true, about: true}, true
}

// listed reports that groups of three digits are a list of sums: a count or 分别
// stands before them, or together they would be a sum that no shop takes.
func listed(c []cell, i, end int, v int64) bool {
	if r := at(c, end); v >= 100_000_000 && r != '.' && r != '元' && r != '块' {
		return true
	}
	for k := i - 1; k >= max(0, i-4); k-- {
		switch c[k].r {
		case '别':
			return at(c, k-1) == '分'
		case '笔', '单', '次':
			return isNumeral(at(c, k-1)) && at(c, k-1) != '一' && at(c, k-1) != '1'
		case '是', ':', '有', '了', '各', '都':
		default:
			return false
		}
	}
	return false
}

// spokenDecimal reports whether 点 at i is a decimal point: digits and then a
// magnitude or 块 follow (三点五万).
func spokenDecimal(c []cell, i int) bool {
	j := i + 1
	for isDigit(at(c, j)) || hanDigit(at(c, j)) >= 0 {
		j++
	}
	if j == i+1 || j-i > 6 {
		return false
	}
	r := at(c, j)
	return magnitudeAt(c, j) > 10 || r == '块' || r == '元'
}

// readGroups reads ",500,000" behind up to three digits. A full-width comma
// counts only between groups that a half-width one also joins, and behind one
// or two digits.
func readGroups(c []cell, v int64, j int, n *number) (int64, int) {
	half := false
	k, w, digits := j, v, n.digits
	for {
		r := at(c, k)
		if r != ',' && r != '，' && r != ' ' {
			break
		}
		if !isDigit(at(c, k+1)) || !isDigit(at(c, k+2)) || !isDigit(at(c, k+3)) || isDigit(at(c, k+4)) {
			break
		}
		if r == ' ' && magnitudeAt(c, k+4) == 0 && at(c, k+4) != '块' && at(c, k+4) != '元' && at(c, k+4) != '.' {
			break
		}
		half = half || r != '，'
		if digits += 3; digits > 12 {
			return v, j
		}
		w = w*1000 + int64(at(c, k+1)-'0')*100 + int64(at(c, k+2)-'0')*10 + int64(at(c, k+3)-'0')
		k += 4
	}
	if listed(c, j-n.digits, k, w) {
		return v, j
	}
	half = half || n.digits <= 2 && digits > n.digits                                      // 5，600: two digits alone are hardly a sum
	if r := at(c, k); !half || (r == ',' || r == '，' || r == '、') && isDigit(at(c, k+1)) { // 500,800,1200 is a list
		return v, j
	}
	n.digits, n.grouped = digits, true
	return w, k
}

// readDecimals reads the digits behind a decimal point, in units of scale.
func readDecimals(c []cell, j int) (v int64, end int) {
	unit := int64(scale)
	for ; ; j++ {
		d := hanOrDigit(c, j)
		if d < 0 {
			return v, j
		}
		unit /= 10
		v += d * unit
	}
}
