package reporthttp

import (
	"strings"

	"sigue/internal/base/i18n"
	"sigue/internal/feature/report"
	"sigue/internal/platform/web"
)

// state is the key of the State of México, whose municipalities are on the map.
const state = "15"

// grid places the 125 municipalities about where they lie: west is left, north is up, and
// the gap in the middle is Mexico City. The keys are those of the national catalogue.
const grid = `
--- --- --- 003 071 --- 079 --- --- 010 --- --- --- ---
--- --- 085 001 --- --- 045 --- 035 096 036 084 --- ---
--- 064 --- 014 102 --- 026 023 091 120 044 081 016 061
--- --- 074 048 056 --- 112 095 053 108 059 002 075 065
--- 124 --- --- --- 047 038 060 024 109 125 100 092 093
--- --- --- --- 042 087 115 013 121 020 033 030 028 069
--- 111 114 005 106 067 051 046 057 104 031 011 029 099
041 032 007 118 054 055 076 062 037 058 070 025 039 ---
078 110 --- --- 018 027 012 019 043 --- 122 083 022 103
066 116 077 --- 090 072 073 006 101 --- 050 089 017 009
123 086 097 021 113 088 049 098 063 --- --- 094 068 015
--- 082 080 004 040 119 052 --- --- --- --- --- --- 034
105 008 --- 117 107 --- --- --- --- --- --- --- --- ---
`

// tilesOf draws the rows of a table by municipality. What lies elsewhere is in the table.
func tilesOf(t *report.Table, names []report.Choice, lang i18n.Lang) []web.Tile {
	values := map[string]report.Value{}
	most := 0.0
	for _, r := range t.Rows {
		values[r.Choice.Value] = r.Value
		if strings.HasPrefix(r.Choice.Value, state) {
			most = max(most, t.Figure.Of(r.Value))
		}
	}
	labels := map[string]string{}
	for _, c := range names {
		labels[c.Value] = c.Label.In(lang)
	}
	var out []web.Tile
	for row, line := range strings.Split(strings.TrimSpace(grid), "\n") {
		for column, key := range strings.Fields(line) {
			name, known := labels[state+key]
			if !known {
				continue
			}
			v := values[state+key]
			tile := web.Tile{Column: column, Row: row, Short: short(name), Value: t.Figure.Show(v), Detail: name + ": " + t.Figure.Show(v)}
			if most > 0 {
				tile.Share = t.Figure.Of(v) / most
			}
			out = append(out, tile)
		}
	}
	return out
}

// short is the beginning of a name that has room in a tile.
func short(name string) string {
	letters := []rune(strings.ReplaceAll(name, " ", ""))
	return string(letters[:min(6, len(letters))])
}
