package understand

// scale is the unit of sums while they are read: a millionth of a yuan.
const scale = 1_000_000

// maxSum bounds what is taken for money: a trillion yuan, in units of scale.
const maxSum = 1_000_000_000_000 * scale

// number is a numeral read from the cells.
type number struct {
	lo, hi  int64 // value in units of scale; hi > lo for 七八千
	end     int   // index behind the last cell
	big     bool  // a magnitude of a hundred or more was said (百 千 万 亿 w k)
	ten     bool  // 十 was said
	arabic  bool  // begins with Arabic digits
	digits  int   // Arabic digits of the first run before the decimal point
	decimal bool  // a decimal point was written
	grouped bool  // thousands separators were written
	zero    bool  // first digit is 0 and more digits follow
	vague   bool  // 几, 数, or a range of neighbours
	more    bool  // 多, 余
	about   bool  // 千把块
}

// hanDigit is the value of a Han digit, -1 for other runes.
func hanDigit(r rune) int64 {
	switch r {
	case '零', '〇':
		return 0
	case '一', '壹', '幺':
		return 1
	case '二', '两', '贰', '俩':
		return 2
	case '三', '叁', '仨':
		return 3
	case '四', '肆':
		return 4
	case '五', '伍':
		return 5
	case '六', '陆':
		return 6
	case '七', '柒':
		return 7
	case '八', '捌':
		return 8
	case '九', '玖':
		return 9
	}
	return -1
}

// magnitude is the value of a counting unit, 0 for other runes.
func magnitude(r rune) int64 {
	switch r {
	case '十':
		return 10
	case '百':
		return 100
	case '千':
		return 1000
	case '万':
		return 10_000
	case '亿':
		return 100_000_000
	}
	return 0
}

// at returns the rune of cell i, 0 outside.
func at(c []cell, i int) rune {
	if i < 0 || i >= len(c) {
		return 0
	}
	return c[i].r
}

// magnitudeAt reads 十 百 千 万 亿 or the letters w and k after a number.
func magnitudeAt(c []cell, i int) int64 {
	r := at(c, i)
	if r == 'w' || r == 'k' {
		if isLetter(at(c, i+1)) {
			return 0
		}
		if r == 'w' {
			return 10_000
		}
		return 1000
	}
	return magnitude(r)
}

// startsNumber reports whether a numeral may begin at cell i.
func startsNumber(c []cell, i int) bool {
	r := at(c, i)
	if isDigit(r) || hanDigit(r) >= 0 || r == '十' {
		return true
	}
	switch r {
	case '万':
		_, ok := readAbout(c, i)
		return ok
	case '几', '数', '百', '千':
		if r == '百' || r == '千' {
			if _, ok := readAbout(c, i); ok {
				return true
			}
		}
		return magnitudeAt(c, i+1) >= 10 || (r == '百' || r == '千') && hanDigit(at(c, i+1)) > 0
	}
	return false
}

// readArabic reads digits with thousands separators and decimals at i.
func readArabic(c []cell, i int) (n number, ok bool) {
	n.arabic = true
	n.zero = at(c, i) == '0' && isDigit(at(c, i+1))
	var v int64
	j := i
	for isDigit(at(c, j)) {
		if n.digits++; n.digits <= 13 {
			v = v*10 + int64(at(c, j)-'0')
		}
		j++
	}
	if n.digits <= 3 {
		v, j = readGroups(c, v, j, &n)
	}
	if n.digits > 12 {
		n.end = j
		return n, false
	}
	v *= scale
	if (at(c, j) == '.' || at(c, j) == '点' && spokenDecimal(c, j)) && (isDigit(at(c, j+1)) || at(c, j) == '点') {
		var tail int64
		tail, j = readDecimals(c, j+1)
		v += tail
		n.decimal = true
	}
	n.lo, n.hi, n.end = v, v, j
	return n, true
}

// readNumber reads the numeral that begins at cell i.
func readNumber(c []cell, i int) (number, bool) {
	if n, ok := readAbout(c, i); ok {
		return n, true
	}
	var n number
	var sum, section, cur [2]int64
	have, zero, last, bigLast := false, false, int64(0), int64(0)
	j, singles := i, 0
	n.arabic = isDigit(at(c, i))
	for j < len(c) {
		r := c[j].r
		switch {
		case isDigit(r):
			if have {
				goto done
			}
			a, ok := readArabic(c, j)
			if !ok {
				n.end = a.end
				return n, false
			}
			if j > i && (a.decimal || a.digits > 4 || last > 0 && a.lo/scale >= last) {
				goto done
			}
			if j == i {
				n.digits, n.decimal, n.grouped, n.zero = a.digits, a.decimal, a.grouped, a.zero
			}
			cur[0], cur[1] = a.lo, a.lo
			singles = a.digits
			have = true
			j = a.end
			continue
		case r == '零' || r == '〇':
			if have || last == 0 && j > i {
				goto done
			}
			if last == 0 { // a number of one zero, or digits read out
				cur[0], cur[1], have = 0, 0, true
				j++
				continue
			}
			zero = true
		case (r == '几' || r == '数') && !have && magnitudeAt(c, j+1) >= 10 || r == '几' && last == 10 && !have:
			cur[0], cur[1], have = 1*scale, 10*scale, true
			if last == 10 {
				cur[0] = 0
			}
			n.vague, singles = true, 1
		case hanDigit(r) > 0:
			d := hanDigit(r) * scale
			if have {
				if !neighbours(cur[0], d, singles) || cur[0] != cur[1] || !closesPair(c, j+1, last) {
					goto done
				}
				cur[1] = d
				n.vague = true
				j++
				continue
			}
			cur[0], cur[1], have, singles = d, d, true, 1
		case r == '点' && j > i && !n.vague && spokenDecimal(c, j):
			if have && last >= 100 && !zero && singles == 1 {
				cur[0], cur[1] = cur[0]*last/10, cur[1]*last/10
			}
			tail, end := readDecimals(c, j+1)
			if !have {
				cur, have = [2]int64{}, true
			}
			cur[0], cur[1] = cur[0]+tail, cur[1]+tail
			n.decimal, singles = true, 2
			j = end
			continue
		default:
			m := magnitudeAt(c, j)
			if m == 0 {
				goto done
			}
			if !have && (m == 10 || j == i && m <= 1000) {
				cur[0], cur[1], have = scale, scale, true
			}
			if m < 10_000 {
				if have && last >= 100 && m == last && singles == 1 && cur[0] == cur[1] && !isDigit(at(c, j-1)) && j-1 > i { // 一百二百三百: a list
					cur, have = [2]int64{}, false
					j--
					goto done
				}
				if !have || last > 0 && m >= last && last < 10_000 || r == 'k' && j > i && !isDigit(at(c, j-1)) {
					goto done
				}
				for k := range cur {
					section[k] += cur[k] * m
				}
			} else {
				if !have && section[0] == 0 && section[1] == 0 && (sum[0] == 0 || m <= bigLast) {
					goto done
				}
				for k := range cur {
					v := section[k] + cur[k]
					if v == 0 || m > bigLast && bigLast > 0 {
						v += sum[k]
						sum[k] = 0
					}
					if v > maxSum/m {
						n.end = j + 1
						return n, false
					}
					sum[k] += v * m
				}
				section, bigLast = [2]int64{}, m
			}
			cur, have, zero, last = [2]int64{}, false, false, m
			n.big = n.big || m >= 100
			n.ten = n.ten || m == 10
			singles = 0
			if section[1] > maxSum {
				n.end = j + 1
				return n, false
			}
		}
		j++
	}
done:
	if have {
		if last >= 100 && !zero && singles == 1 && cur[1] < 10*scale {
			if counts(c, j) { // 五千三笔: the three counts what follows
				j--
				if cur[0] != cur[1] {
					j--
				}
				cur = [2]int64{}
			}
			cur[0], cur[1] = cur[0]*last/10, cur[1]*last/10
		}
		for k := range cur {
			section[k] += cur[k]
		}
	}
	if j == i {
		return n, false
	}
	n.lo, n.hi, n.end = sum[0]+section[0], sum[1]+section[1], j
	if n.hi > maxSum {
		return n, false
	}
	n.readMore(c)
	return n, true
}

// neighbours reports whether two neighbouring digits are a range: 七八, 三五, 一两.
func neighbours(a, b int64, singles int) bool {
	return singles == 1 && (b == a+scale || a == 3*scale && b == 5*scale)
}

// closesPair reports whether a range of two digits is followed by something
// that makes it one: a magnitude, a money unit, a counted noun, or, behind a
// magnitude (一千七八), anything but another digit.
func closesPair(c []cell, j int, last int64) bool {
	if magnitudeAt(c, j) > 0 {
		return true
	}
	switch at(c, j) {
	case '块', '元', '个', '天', '笔', '次', '分', '小', '点', '毛', '号', '单', '年', '月':
		return true
	}
	return last >= 10 && hanDigit(at(c, j)) < 0 && !isDigit(at(c, j))
}

// counts reports whether the cell begins a counted noun or a part of a time.
func counts(c []cell, j int) bool {
	switch at(c, j) {
	case '笔', '单', '次', '回', '号', '天', '点', '月', '台', '张', '遍', '日', '小', '家', '条', '类':
		return true
	case '个':
		return at(c, j+1) != '点'
	}
	return false
}

// readMore reads 多 or 余 behind the number and the magnitude it may hide
// (十多万), and widens the number to the next round one.
func (n *number) readMore(c []cell) {
	r := at(c, n.end)
	if r == '来' && magnitudeAt(c, n.end+1) < 1000 && at(c, n.end+1) != '块' && at(c, n.end+1) != '元' || r != '多' && r != '余' && r != '来' {
		return
	}
	if r == '余' && at(c, n.end+1) == '额' || r == '多' && (at(c, n.end+1) == '少' || at(c, n.end+1) == '久') {
		return
	}
	if n.lo != n.hi || n.lo < scale {
		return
	}
	n.end++
	if m := magnitudeAt(c, n.end); m > 0 && n.lo <= maxSum/m/2 {
		n.hi = n.lo*m + step(n.lo)*m
		n.lo *= m
		n.big = true
		n.end++
	} else {
		n.hi = n.lo + step(n.lo)
	}
	n.more, n.vague = true, true
}

// step is the unit of the last digit that is not zero: 1200 → 100.
func step(v int64) int64 {
	s := int64(1)
	for v > 0 && v%(s*10) == 0 {
		s *= 10
	}
	return max(s, scale)
}

// fen converts a value in units of scale, half a fen rounding up.
func fen(v int64) int64 { return (v + scale/200) / (scale / 100) }

// readSmall reads a whole number below 10,000 without decimals at i, Arabic
// (up to max digits) or Han; end is i when there is none.
func readSmall(c []cell, i, maxDigits int) (v, end int) {
	j := i
	if isDigit(at(c, j)) {
		for isDigit(at(c, j)) && j-i < maxDigits {
			v = v*10 + int(at(c, j)-'0')
			j++
		}
		if isDigit(at(c, j)) {
			return 0, i
		}
		return v, j
	}
	tens, have := 0, false
	switch {
	case at(c, j) == '廿':
		tens, have = 20, true
		j++
	default:
		if d := hanDigit(at(c, j)); d >= 0 {
			v, have = int(d), true
			j++
		}
		if at(c, j) == '十' {
			if tens = v * 10; !have {
				tens = 10
			}
			have = true
			j++
		} else {
			return v, j
		}
	}
	if d := hanDigit(at(c, j)); d > 0 {
		v = int(d)
		j++
	} else {
		v = 0
	}
	if !have {
		return 0, i
	}
	return tens + v, j
}
