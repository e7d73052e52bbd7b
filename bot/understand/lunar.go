package understand

import "time"

// lunarYear is one year of the Chinese calendar: the first day of each month
// as month*100+day of the common calendar, in order, with the leap month
// behind its namesake. Source: astronomical new moons at 120°E; the test compares
// every month and festival with github.com/6tail/lunar-go.
type lunarYear struct {
	year, leap int
	starts     [13]int // 0 where the year has twelve months
}

//nolint:gochecknoglobals // read-only table
var lunarYears = [...]lunarYear{
	{2015, 0, [13]int{219, 320, 419, 518, 616, 716, 814, 913, 1013, 1112, 1211, 110}},
	{2016, 0, [13]int{208, 309, 407, 507, 605, 704, 803, 901, 1001, 1031, 1129, 1229}},
	{2017, 6, [13]int{128, 226, 328, 426, 526, 624, 723, 822, 920, 1020, 1118, 1218, 117}},
	{2018, 0, [13]int{216, 317, 416, 515, 614, 713, 811, 910, 1009, 1108, 1207, 106}},
	{2019, 0, [13]int{205, 307, 405, 505, 603, 703, 801, 830, 929, 1028, 1126, 1226}},
	{2020, 4, [13]int{125, 223, 324, 423, 523, 621, 721, 819, 917, 1017, 1115, 1215, 113}},
	{2021, 0, [13]int{212, 313, 412, 512, 610, 710, 808, 907, 1006, 1105, 1204, 103}},
	{2022, 0, [13]int{201, 303, 401, 501, 530, 629, 729, 827, 926, 1025, 1124, 1223}},
	{2023, 2, [13]int{122, 220, 322, 420, 519, 618, 718, 816, 915, 1015, 1113, 1213, 111}},
	{2024, 0, [13]int{210, 310, 409, 508, 606, 706, 804, 903, 1003, 1101, 1201, 1231}},
	{2025, 6, [13]int{129, 228, 329, 428, 527, 625, 725, 823, 922, 1021, 1120, 1220, 119}},
	{2026, 0, [13]int{217, 319, 417, 517, 615, 714, 813, 911, 1010, 1109, 1209, 108}},
	{2027, 0, [13]int{206, 308, 407, 506, 605, 704, 802, 901, 930, 1029, 1128, 1228}},
	{2028, 5, [13]int{126, 225, 326, 425, 524, 623, 722, 820, 919, 1018, 1116, 1216, 115}},
	{2029, 0, [13]int{213, 315, 414, 513, 612, 711, 810, 908, 1008, 1106, 1205, 104}},
	{2030, 0, [13]int{203, 304, 403, 502, 601, 701, 730, 829, 927, 1027, 1125, 1225}},
	{2031, 3, [13]int{123, 221, 323, 422, 521, 620, 719, 818, 917, 1016, 1115, 1214, 113}},
	{2032, 0, [13]int{211, 312, 410, 509, 608, 707, 806, 905, 1004, 1103, 1203, 101}},
}

// lunarDate converts a date of the Chinese calendar (never of a leap month).
// Day 0 is the last day of the month before, so month 13 day 0 is 除夕.
func lunarDate(year, month, day int) (time.Time, bool) {
	if month == 13 {
		year, month = year+1, 1
	}
	i := year - lunarYears[0].year
	if i < 0 || i >= len(lunarYears) || month < 1 || month > 12 || day > 30 {
		return time.Time{}, false
	}
	y := lunarYears[i]
	k := month - 1
	if y.leap > 0 && month > y.leap {
		k++
	}
	md, civil := y.starts[k], year
	if k > 8 && md < 300 { // months eleven and twelve may begin in the next year
		civil++
	}
	t := date(civil, md/100, md%100+day-1)
	if day == 30 && k+1 < 13 && y.starts[k+1] == int(t.Month())*100+t.Day() { // the month has 29 days
		return time.Time{}, false
	}
	return t, true
}

// lastLunar is the latest past occurrence of a lunar date.
func lastLunar(now time.Time, month, day int) (time.Time, bool) {
	for y := now.Year() + 1; y >= now.Year()-2; y-- {
		if t, ok := lunarDate(y, month, day); ok && !t.After(now) {
			return t, true
		}
	}
	return time.Time{}, false
}

// latestLunarDay is the latest past day of that number in any month of the
// Chinese calendar, leap months left out.
func latestLunarDay(now time.Time, day int) (time.Time, bool) {
	best, found := time.Time{}, false
	for y := now.Year(); y >= now.Year()-1; y-- {
		for month := 1; month <= 12; month++ {
			if t, ok := lunarDate(y, month, day); ok && !t.After(now) && t.After(best) {
				best, found = t, true
			}
		}
	}
	return best, found
}

// festival is a day of the year that people name. Exactly one of lunar and
// common dates is set; days > 1 is how long the holiday of that name lasts
// when it is meant as a whole (国庆期间).
type festival struct {
	// term is the day of a solar term of this century, in hundredths of a day
	// as the usual formula counts it (see termDay); 0 for other festivals.
	term       int
	words      string
	month, day int
	lunar      bool
	days       int
}

// festivals; 除夕 is the day before the first of the first month.
//
//nolint:gochecknoglobals // read-only table
var festivals = [...]festival{
	{words: "元旦 元旦节 新年", month: 1, day: 1, days: 1},
	{words: "情人节 !白色情人节", month: 2, day: 14, days: 1},
	{words: "妇女节 三八节 女神节", month: 3, day: 8, days: 1},
	{words: "女生节", month: 3, day: 7, days: 1},
	{words: "植树节", month: 3, day: 12, days: 1},
	{words: "愚人节", month: 4, day: 1, days: 1},
	{words: "清明 清明节", month: 4, term: 481, days: 3},
	{words: "立春", month: 2, term: 387, days: 1},
	{words: "立夏", month: 5, term: 552, days: 1},
	{words: "夏至", month: 6, term: 2137, days: 1},
	{words: "立秋", month: 8, term: 750, days: 1},
	{words: "立冬", month: 11, term: 744, days: 1},
	{words: "冬至", month: 12, term: 2194, days: 1},
	{words: "五一 五一节 劳动节 五一劳动节 !十五一 !五一个 !五一笔", month: 5, day: 1, days: 5},
	{words: "青年节", month: 5, day: 4, days: 1},
	{words: "儿童节 六一 六一儿童节 !十六一 !六一个 !六一笔", month: 6, day: 1, days: 1},
	{words: "建党节", month: 7, day: 1, days: 1},
	{words: "建军节", month: 8, day: 1, days: 1},
	{words: "教师节", month: 9, day: 10, days: 1},
	{words: "国庆 国庆节 十一假期 十一长假 十一黄金周 十一国庆 十一期间 十一那几天 十一放假 十一那天 十一当天 十一小长假", month: 10, day: 1, days: 7},
	{words: "双十一 双11 光棍节 双十一那天", month: 11, day: 11, days: 1},
	{words: "618那天 618当天 618期间 618活动 618大促 六一八那天 618那会 618的时候", month: 6, day: 18, days: 1},
	{words: "双十二 双12", month: 12, day: 12, days: 1},
	{words: "平安夜", month: 12, day: 24, days: 1},
	{words: "圣诞 圣诞节", month: 12, day: 25, days: 1},
	{words: "春节 过年 大年初一 正月初一 新春 农历新年", month: 1, day: 1, lunar: true, days: 7},
	{words: "元宵 元宵节 正月十五", month: 1, day: 15, lunar: true, days: 1},
	{words: "端午 端午节", month: 5, day: 5, lunar: true, days: 3},
	{words: "七夕 七夕节", month: 7, day: 7, lunar: true, days: 1},
	{words: "中元节 鬼节", month: 7, day: 15, lunar: true, days: 1},
	{words: "中秋 中秋节", month: 8, day: 15, lunar: true, days: 3},
	{words: "重阳 重阳节", month: 9, day: 9, lunar: true, days: 1},
	{words: "腊八 腊八节", month: 12, day: 8, lunar: true, days: 1},
	{words: "小年 小年夜 !小年轻", month: 12, day: 23, lunar: true, days: 1},
	{words: "除夕 大年三十 年三十 大年夜", month: 13, day: 0, lunar: true, days: 1},
}

// on returns the festival's first day in a common year.
func (f festival) on(year int) (time.Time, bool) {
	if f.lunar {
		if t, ok := lunarDate(year, f.month, f.day); ok && t.Year() == year {
			return t, true
		}
		return lunarDate(year-1, f.month, f.day)
	}
	if f.term > 0 {
		return date(year, f.month, termDay(f.term, year, f.month)), true
	}
	return date(year, f.month, f.day), true
}

// termDay is the day of the month on which a solar term falls in this century:
// the common formula ⌊0.2422·y + c⌋ − ⌊y/4⌋ with y the year of the century (of
// the year before until February) and c in hundredths. The test compares it
// with astronomical tables.
func termDay(c, year, month int) int {
	y := year - 2000
	leap := y / 4
	if month <= 2 {
		leap = (y - 1) / 4
	}
	return (y*2422+c*100)/10000 - leap
}

// last returns the latest past occurrence.
func (f festival) last(now time.Time) (time.Time, bool) {
	for y := now.Year(); y >= now.Year()-1; y-- {
		if t, ok := f.on(y); ok && !t.After(now) {
			return t, true
		}
	}
	return time.Time{}, false
}
