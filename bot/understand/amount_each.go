package understand

import "slices"

// attachEach reads 四个人每人268, 3桌,每桌500, 扣了两遍,每遍398, 三个人各付了100:
// the number said before counts the sum.
func (s *scan) attachEach(sums []sum) {
	for i := range sums {
		if sums[i].Count > 1 || sums[i].Total {
			continue
		}
		end, class := s.eachBefore(sums[i].from)
		if class == 0 {
			continue
		}
		if n, at := s.countOf(end, class); n > 1 {
			sums[i].Count = n
			s.useCount(at, end, n)
		} else if n, at := s.countBehind(sums[i].to, class); n > 1 { // 每笔1999,刷了3笔
			sums[i].Count = n
			s.useCount(at, end, n)
		}
	}
}

// eachBefore finds 每 or 各 in front of a sum and the classifier that it
// repeats; end is where 每 or 各 stands.
func (s *scan) eachBefore(i int) (end int, class rune) {
	c := s.cells
	for k := i - 1; k >= max(0, i-7); k-- {
		switch r := c[k].r; r {
		case '每':
			class := at(c, k+1)
			if class == '个' || class == '一' {
				class = at(c, k+2)
			}
			if countedClass(class) {
				return k, class
			}
			return 0, 0
		case '各':
			for j := k - 1; j >= max(0, k-6) && !isBreak(c[j].r); j-- { // 两台机器各
				if r := c[j].r; countedClass(r) && (j == k-1 || r != '次' && r != '遍' && r != '回') && (isNumeral(at(c, j-1)) || at(c, j-1) == '个') {
					return k, c[j].r
				}
			}
			return 0, 0
		case '都', '是', '刷', '了', '收', '付', '扣', '款', '钱', '平', '均', '大', '概', '差', '不', '多', '个', '一', '人', '¥', '的', '给', '花', '消', '费', '自', '交', '出', '转', '买', '充', '存':
		default:
			if !countedClass(r) || c[k].mark == asSum || c[k].mark == asTime {
				return 0, 0
			}
		}
	}
	return 0, 0
}

// countedClass lists the classifiers that may stand for one transaction each.
func countedClass(r rune) bool {
	switch r {
	case '笔', '单', '次', '遍', '回', '桌', '人', '位', '台', '张', '天', '顿', '家', '间', '客':
		return true
	}
	return false
}

// countOf finds the nearest number in front of cell i that counts the
// classifier (四个人, 3桌), and where it begins.
func (s *scan) countOf(i int, class rune) (n, from int) {
	c := s.cells
	for k := i - 1; k >= max(0, i-24); k-- {
		person := class == '人' && (c[k].r == '个' || c[k].r == '位' || c[k].r == '名') // 5个学生,每人
		if c[k].r != class && !person || c[k].mark == asSum || c[k].mark == asRef {
			continue
		}
		j := k
		for j > 0 && (c[j-1].r == '个' || c[j-1].r == '客' || c[j-1].r == '位') {
			j--
		}
		b := j
		for b > 0 && j-b < 3 && isNumeral(c[b-1].r) && isDigit(c[b-1].r) == isDigit(c[j-1].r) {
			b--
		}
		if b < j && at(c, b-1) != '第' {
			if v, e := readSmall(c, b, 2); e == j && v > 1 && v < 100 {
				return v, b
			}
		}
	}
	return 0, 0
}

// countBehind finds a number that counts the classifier in the words behind a
// sum.
func (s *scan) countBehind(i int, class rune) (n, from int) {
	c := s.cells
	for k := i; k < min(len(c), i+16); k++ {
		if c[k].mark == asSum {
			return 0, 0
		}
		if !isNumeral(c[k].r) || isNumeral(at(c, k-1)) || at(c, k-1) == '第' {
			continue
		}
		if v, e := readSmall(c, k, 2); e > k && v > 1 && v < 100 && at(c, e) == class {
			return v, k
		}
	}
	return 0, 0
}

// useCount marks the count at cell from as belonging to an amount.
func (s *scan) useCount(from, end, n int) {
	for k := range s.counts {
		if s.counts[k].from == from {
			s.counts[k].used = true
			return
		}
	}
	s.counts = append(s.counts, counted{from: from, to: end, n: n, used: true})
}

// dropOwed removes the sums that the speaker owes somebody (房租8000明天要交,
// 等着付3万货款): they are why it is urgent and no transaction.
func (s *scan) dropOwed(sums []sum) []sum {
	return slices.DeleteFunc(sums, func(a sum) bool { return s.owed(a) })
}

// deposit reads 机器押金299办的, 押金299没返: the price of the machine.
func (s *scan) deposit(a sum) bool {
	c := s.cells
	if s.priceBefore(a.from) {
		return true
	}
	if s.wordsBefore(a.from, "押金", "押金是", "押金交了", "激活金", "机器钱", "买机器花了", "办机器花了") == a.from {
		return false
	}
	if followsAny(c, a.to, "办的", "买的机", "领的", "激活", "办机器", "没返", "返不返", "返没返", "块钱办的", "元办的") > 0 {
		return true
	}
	for k := a.from; k > max(0, a.from-16); k-- {
		if s.wordsBefore(k, "客人", "客户", "顾客", "房", "预授权", "刷", "收", "住") < k {
			return false
		}
		if s.wordsBefore(k, "机器", "机具", "设备", "pos", "pos机", "刷卡机", "机子", "装机", "装的", "激活") < k {
			return true
		}
	}
	return false
}

// priceBefore reads the speaker's own costs right before a sum (摊位费一个月1500,
// 水电200多): what a shop pays and never takes by card.
func (s *scan) priceBefore(i int) bool {
	c := s.cells
	told := false
	for i > 0 {
		if b := s.wordsBefore(i, "一个月", "每个月", "每月", "一年", "一天", "一季度", "花了", "就要", "都要", "得", "要", "大概", "就", "交了", "是"); b < i {
			i, told = b, true
			continue
		}
		break
	}
	b := s.wordsBefore(i, "摊位费", "摊位", "水电", "水电费", "电费", "水费", "卫生费", "油费", "油钱", "过路费", "伙食费", "进价", "成本", "本钱", "进货价", "月供", "房贷", "车贷", "利息")
	if told && b == i {
		b = s.wordsBefore(i, "物业费", "物业", "管理费", "人工", "工资", "房租", "租金", "月租", "网费", "学费")
	}
	return b < i && at(c, b-1) != '收' && at(c, b-1) != '刷'
}

// owed reads the words of an obligation around a sum, within its clause.
func (s *scan) owed(a sum) bool {
	c := s.cells
	debt := false
	if s.deposit(a) {
		return true
	}
	for k := a.from; k > max(0, a.from-7) && !isBreak(c[k-1].r); k-- {
		if s.wordsBefore(k, "要交", "得交", "该交", "等着交", "还要交", "要还", "得还", "该还", "等着还", "等着付", "要付给", "还欠", "我欠", "欠人家", "欠别人", "等着发", "要发", "得发", "要垫", "需要交") < k {
			return a.from-k <= 4 && at(c, a.from-1) != '费' && (at(c, a.from-1) != '金' || at(c, a.from-2) == '租')
		}
		debt = debt || s.wordsBefore(k, "房租", "租金", "房贷", "车贷", "月供", "学费", "贷款", "电费", "水费", "网费", "罚款", "彩礼", "人工工资", "工人工资", "员工工资", "收租", "交租", "收房租", "催租", "租") < k
		if s.wordsBefore(k, "来收租", "收房租", "催房租", "催租", "来收租金") < k {
			return true
		}
	}
	for k := a.to; k < a.to+8 && k < len(c) && !isBreak(c[k].r); k++ {
		if e := followsAny(c, k, "要交", "得交", "该交", "等着交", "要还", "得还", "该还", "等着还", "等着付", "要付给", "等着发", "急着交", "急着还", "急着付"); e > 0 {
			return followsAny(c, e, "手续费", "服务费", "费") == 0
		}
		if k == a.to && debt && followsAny(c, k, "明天", "今天", "马上", "月底", "下周", "后天", "还没交", "没交") > 0 {
			return true
		}
	}
	return false
}
