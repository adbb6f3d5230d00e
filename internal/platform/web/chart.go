package web

import (
	"math"
	"strconv"

	"sigue/internal/base/i18n"
)

// Chart is a drawing of figures on the server. Title and Text are read aloud in its place;
// a table with every number stands by it on the page. Axes begin at zero.
type Chart struct {
	ID    string // on the page, of its own
	Title i18n.Msg
	Text  i18n.Msg
	Bars  []Bar
}

// Bar is one value of a chart.
type Bar struct {
	Label  string // under it: "nov 26"
	Value  string // over it, as people read it
	Size   float64
	Open   bool   // not over yet: drawn as an outline
	Detail string // shown on pointing at it: "noviembre de 2026: 34"
}

// Measures of a chart, in its own units.
const (
	chartHeight = 240.0
	chartTop    = 24.0
	chartBase   = chartHeight - 28
	chartLeft   = 44.0
)

// drawn is where a bar stands.
type drawn struct {
	Bar
	X, Y, Width, Height string
	Middle              string
	Named, Told         bool // whether there is room for its label and its value
}

type gridline struct{ Y, Label string }

func (c Chart) step() float64 { return max(14, min(56, 760/float64(max(1, len(c.Bars))))) }

// Width is that of the whole drawing.
func (c Chart) width() float64 { return chartLeft + c.step()*float64(len(c.Bars)) + 8 }

func (c Chart) viewBox() string { return "0 0 " + unit(c.width()) + " " + unit(chartHeight) }

// top is a round number that no bar is higher than.
func (c Chart) top() float64 {
	most := 0.0
	for _, b := range c.Bars {
		most = max(most, b.Size)
	}
	if most <= 0 {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(most)))
	for _, round := range []float64{1, 2, 4, 5, 10} {
		if most <= round*power {
			return round * power
		}
	}
	return 10 * power
}

func (c Chart) bars() []drawn {
	step, top := c.step(), c.top()
	every := max(1, int(math.Ceil(44/step)))
	out := make([]drawn, len(c.Bars))
	for i, b := range c.Bars {
		height := (chartBase - chartTop) * max(0, b.Size) / top
		x := chartLeft + step*float64(i) + step*.14
		out[i] = drawn{Bar: b, X: unit(x), Y: unit(chartBase - height), Width: unit(step * .72), Height: unit(height),
			Middle: unit(x + step*.36), Named: (len(c.Bars)-1-i)%every == 0, Told: every == 1}
	}
	return out
}

// lines are the grid, with their numbers: halves for what counts in ones would say nothing.
func (c Chart) lines() []gridline {
	top := c.top()
	var out []gridline
	for _, part := range []float64{0, .5, 1} {
		at := top * part
		if top > 1 && at != math.Trunc(at) {
			continue
		}
		out = append(out, gridline{unit(chartBase - (chartBase-chartTop)*part), strconv.FormatFloat(at, 'f', -1, 64)})
	}
	return out
}

func unit(n float64) string { return strconv.FormatFloat(math.Round(n*10)/10, 'f', -1, 64) }

// Tile is a place on a map of squares.
type Tile struct {
	Column, Row int
	Short       string // in it: "Tolu"
	Value       string
	Detail      string // shown on pointing at it: "Toluca: 34"
	Share       float64
}

const tileSize, tileGap = 52, 3

func (t Tile) x() string { return strconv.Itoa(t.Column * (tileSize + tileGap)) }
func (t Tile) y() string { return strconv.Itoa(t.Row * (tileSize + tileGap)) }

// level is one of five shades by the share of the largest; nothing has none.
func (t Tile) level() string {
	if t.Share <= 0 {
		return "tile-0"
	}
	return "tile-" + strconv.Itoa(min(5, int(math.Ceil(t.Share*5))))
}

func tilesViewBox(tiles []Tile) string {
	columns, rows := 0, 0
	for _, t := range tiles {
		columns, rows = max(columns, t.Column+1), max(rows, t.Row+1)
	}
	side := func(n int) string { return strconv.Itoa(n*(tileSize+tileGap) - tileGap) }
	return "0 0 " + side(columns) + " " + side(rows)
}

// share is a part of a whole as the width of a bar of a hundred.
func share(part float64) string { return unit(100 * max(0, min(1, part))) }
