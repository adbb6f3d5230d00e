package casefile

import "sigue/internal/base/i18n"

// RiskLevel is the risk that a person entered, from what he knows of the case. No
// program computes it.
type RiskLevel string

// The levels; empty before one was entered.
const (
	RiskLow     RiskLevel = "low"
	RiskMedium  RiskLevel = "medium"
	RiskHigh    RiskLevel = "high"
	RiskExtreme RiskLevel = "extreme"
)

// RiskLevels are the levels, the lowest first.
var RiskLevels = []RiskLevel{RiskLow, RiskMedium, RiskHigh, RiskExtreme}

// Label is the level in words.
func (l RiskLevel) Label() i18n.Msg {
	switch l {
	case RiskLow:
		return i18n.M("Bajo")
	case RiskMedium:
		return i18n.M("Medio")
	case RiskHigh:
		return i18n.M("Alto")
	case RiskExtreme:
		return i18n.M("Extremo")
	}
	return i18n.M("Sin valorar")
}
