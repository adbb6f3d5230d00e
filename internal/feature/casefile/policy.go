package casefile

import (
	"sigue/internal/base/i18n"
	"sigue/internal/feature/program"
	"sigue/internal/platform/access"
)

// Part is a part of a case file that not everybody sees.
type Part string

// The parts of DOMAIN, section 6.
const (
	Identity   Part = "identity" // identity and contact
	Status     Part = "status"   // state, plan, attendance, reports
	SocialFile Part = "social_work"
	PsychFile  Part = "psychology"
	LegalFile  Part = "legal"
	RiskPart   Part = "risk"
)

// Right is what one may do with a part; a greater one holds the smaller ones.
type Right int

// The rights. Level is to see how high a risk is, without why; WithReason is to read
// after one has written why, which the coordination is told.
const (
	Nothing Right = iota
	Level
	WithReason
	Read
	Write
)

// Policy is the one function that says what a role may do with a part of the case files
// in its scope (DOMAIN, section 6). What is not here is denied.
func Policy(role access.Role, part Part) Right { return policies[role][part] }

var policies = map[access.Role]map[Part]Right{
	access.Reception:  {Identity: Write},
	access.SocialWork: {Identity: Write, Status: Read, SocialFile: Write, LegalFile: Read, RiskPart: Level},
	access.Psychology: {Identity: Write, Status: Read, SocialFile: Read, PsychFile: Write, RiskPart: Write},
	access.Legal:      {Identity: Write, Status: Read, SocialFile: Read, LegalFile: Write, RiskPart: Level},
	access.CenterCoordinator: {
		Identity: Write, Status: Write, SocialFile: Read, PsychFile: WithReason, LegalFile: Read, RiskPart: Write,
	},
	access.ProgramAdmin: {Identity: WithReason, Status: WithReason},
}

// fileOf is the part that holds what an area writes.
func fileOf(area program.ServiceArea) Part {
	switch area {
	case program.SocialWork:
		return SocialFile
	case program.Psychology:
		return PsychFile
	case program.Legal:
		return LegalFile
	}
	return ""
}

// areaOf is the area in which a role writes; false for one that writes none.
func areaOf(role access.Role) (program.ServiceArea, bool) {
	for _, area := range FileAreas {
		if Policy(role, fileOf(area)) == Write {
			return area, true
		}
	}
	return "", false
}

// FileAreas are the areas that write notes and assessments, in the order of the page.
var FileAreas = []program.ServiceArea{program.SocialWork, program.Psychology, program.Legal}

// AreaLabel is the name of an area of the file on screen.
func AreaLabel(area program.ServiceArea) i18n.Msg {
	switch area {
	case program.SocialWork:
		return i18n.M("Trabajo social")
	case program.Psychology:
		return i18n.M("Psicología")
	case program.Legal:
		return i18n.M("Jurídico")
	}
	return i18n.Msg{}
}
