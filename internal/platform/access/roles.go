package access

import (
	"maps"

	"sigue/internal/base/i18n"
)

// Role is what a post lets its holder do. The list is DOMAIN, section 1.
type Role string

// The roles.
const (
	Referrer              Role = "referrer"
	InstitutionSupervisor Role = "institution_supervisor"
	AccountAdmin          Role = "account_admin"
	Reception             Role = "reception"
	SocialWork            Role = "social_work"
	Psychology            Role = "psychology"
	Legal                 Role = "legal"
	Facilitator           Role = "facilitator"
	CenterCoordinator     Role = "center_coordinator"
	ProgramAdmin          Role = "program_admin"
	Analyst               Role = "analyst"
	SecurityAdmin         Role = "security_admin"
	Auditor               Role = "auditor"
	WorkingGroup          Role = "working_group"

	roleAnonymous Role = "anonymous"
)

// Side is where a role works, which says what a post of it must name.
type Side int

// The sides: of an institution (needs an area), of a center, of the Secretaría.
const (
	AtSecretariat Side = iota
	AtInstitution
	AtCenter
)

type roleFacts struct {
	Role  Role
	Label i18n.Msg
	Side  Side
}

// Roles lists every role with its name on screen and its side.
var Roles = []roleFacts{
	{Referrer, i18n.M("Capturista de la instancia"), AtInstitution},
	{InstitutionSupervisor, i18n.M("Supervisión de la instancia"), AtInstitution},
	{AccountAdmin, i18n.M("Administración de cuentas del área"), AtInstitution},
	{Reception, i18n.M("Recepción del centro"), AtCenter},
	{SocialWork, i18n.M("Trabajo social"), AtCenter},
	{Psychology, i18n.M("Psicología"), AtCenter},
	{Legal, i18n.M("Jurídico"), AtCenter},
	{Facilitator, i18n.M("Facilitación de grupos"), AtCenter},
	{CenterCoordinator, i18n.M("Coordinación del centro"), AtCenter},
	{ProgramAdmin, i18n.M("Administración del programa"), AtSecretariat},
	{Analyst, i18n.M("Estadística y planeación"), AtSecretariat},
	{SecurityAdmin, i18n.M("Seguridad"), AtSecretariat},
	{Auditor, i18n.M("Auditoría"), AtSecretariat},
	{WorkingGroup, i18n.M("Grupo de Trabajo"), AtSecretariat},
}

// Label is the role's name on screen; the zero Msg for a role that is not listed.
func (r Role) Label() i18n.Msg {
	for _, f := range Roles {
		if f.Role == r {
			return f.Label
		}
	}
	return i18n.Msg{}
}

// Side is where the role works; false for a role that is not listed.
func (r Role) Side() (Side, bool) {
	for _, f := range Roles {
		if f.Role == r {
			return f.Side, true
		}
	}
	return 0, false
}

// CanGrant tells whether a holder of role r may open or change an account of role
// other. Security opens any account; an area's account administrator opens those of
// its own side that see less than a supervisor, so nobody hands out what he does not
// hold a say over.
func (r Role) CanGrant(other Role) bool {
	switch r {
	case SecurityAdmin:
		return true
	case AccountAdmin:
		return other == Referrer
	case CenterCoordinator:
		side, ok := other.Side()
		return ok && side == AtCenter && other != CenterCoordinator
	}
	return false
}

// Permission is one thing that can be done. Routes and service methods name it.
type Permission string

// The permissions, in one list.
const (
	SessionOpen       Permission = "session.open"       // sign in, redeem a one-time link
	DocumentVerify    Permission = "document.verify"    // the public page of a document
	SelfManage        Permission = "self.manage"        // own home, password, sessions, language
	ReferralWrite     Permission = "referral.write"     // draft, submit, correct, withdraw
	ReferralRead      Permission = "referral.read"      // panel, page, attachments, documents
	ReferralReceive   Permission = "referral.receive"   // queue, accept, return, decline, reassign
	ReadersRead       Permission = "readers.read"       // who has read a file
	CatalogueRead     Permission = "catalogue.read"     // lists and rules, to fill forms
	CatalogueManage   Permission = "catalogue.manage"   // edit lists and rules, municipalities
	InstitutionRead   Permission = "institution.read"   // own institution and areas
	InstitutionAdmin  Permission = "institution.admin"  // all institutions, areas, calendars
	CenterRead        Permission = "center.read"        // directory of centers with their load
	CenterAdmin       Permission = "center.admin"       // centers, venues, coverage
	AccountAdminister Permission = "account.admin"      // open, suspend, hand over accounts
	ProgramRead       Permission = "program.read"       // programs and their versions, which belong to nobody
	ProgramManage     Permission = "program.manage"     // edit and publish programs
	GroupRead         Permission = "group.read"         // the center's groups, who leads them and when
	GroupManage       Permission = "group.manage"       // open groups, plan their sessions
	CaseContact       Permission = "case.contact"       // identity, contact and state of a case
	CaseRead          Permission = "case.read"          // the case file, each area as its role may
	CaseWork          Permission = "case.work"          // intake, assessments and notes of one's own area
	CaseDecide        Permission = "case.decide"        // plan, suspend, transfer, discharge, complete
	CaseReason        Permission = "case.reason"        // open a case file of the State with a written reason
	RiskWrite         Permission = "risk.write"         // enter a risk level
	AgendaRead        Permission = "agenda.read"        // the center's appointments
	AgendaBook        Permission = "agenda.book"        // give, move and cancel appointments
	AgendaManage      Permission = "agenda.manage"      // hours, rooms and absences of the staff
	AttendanceRecord  Permission = "attendance.record"  // who came, on one's appointments and groups
	AppointmentAnswer Permission = "appointment.answer" // the person's own one-time link
	CalendarRead      Permission = "calendar.read"      // a professional's own calendar, by its secret address
	ReportPrepare     Permission = "report.prepare"     // draft what an authority is told
	ReportSign        Permission = "report.sign"        // issue it in the center's name
	FollowupRead      Permission = "followup.read"      // the follow-ups of one's own side
	FollowupWork      Permission = "followup.work"      // attempts and answers of one's own side
	FollowupContact   Permission = "followup.contact"   // whom to call, at a center
	SurveyRead        Permission = "survey.read"        // what surveys ask, which belongs to nobody
	SurveyManage      Permission = "survey.manage"      // write and publish surveys
	SurveyCollect     Permission = "survey.collect"     // tablets and printed codes, of one's center
	SurveyAsk         Permission = "survey.ask"         // ask the person of a case by e-mail
	SurveyResults     Permission = "survey.results"     // what was answered, of one's center or all
	SurveyAnswer      Permission = "survey.answer"      // whoever holds a code or a tablet
	StatisticsRead    Permission = "statistics.read"    // sums of one's center or of the State, of nobody by name
	StatisticsClose   Permission = "statistics.close"   // freeze the figures of a month
	GoalRead          Permission = "goal.read"          // goals and what was reached, of one's center or all
	GoalPropose       Permission = "goal.propose"       // a goal, or a new calendar of one
	GoalApprove       Permission = "goal.approve"       // what somebody else proposed
	GoalExplain       Permission = "goal.explain"       // why a goal was not reached
	TemplateManage    Permission = "template.manage"    // wording of documents
	LedgerRead        Permission = "ledger.read"        // the whole ledger, read-only
	NoticeRead        Permission = "notice.read"        // the outbox: state of each notice
	JobRun            Permission = "job.run"            // work of the program itself
)

// grants is who holds what, how far. What is not here is denied.
var grants = map[Role]map[Permission]Reach{
	roleAnonymous: {SessionOpen: Self, DocumentVerify: All, AppointmentAnswer: All, CalendarRead: All, SurveyAnswer: All},
	Referrer: signedIn(map[Permission]Reach{
		ReferralWrite: Area, ReferralRead: Area, InstitutionRead: Institution, FollowupRead: Area, FollowupWork: Area,
	}),
	InstitutionSupervisor: signedIn(map[Permission]Reach{
		ReferralWrite: Institution, ReferralRead: Institution, InstitutionRead: Institution,
		FollowupRead: Institution, FollowupWork: Institution,
	}),
	AccountAdmin: signedIn(map[Permission]Reach{
		AccountAdminister: Place, InstitutionRead: Institution,
	}),
	Reception: signedIn(map[Permission]Reach{
		ReferralReceive: Center, ReferralRead: Center, CaseContact: Center, AgendaRead: Center, AgendaBook: Center,
		ProgramRead: All, GroupRead: Center, FollowupContact: Center,
		SurveyRead: All, SurveyCollect: Center, SurveyAsk: Center,
	}),
	SocialWork: professional(map[Permission]Reach{CaseWork: Center, FollowupWork: Center, FollowupContact: Center}),
	Psychology: professional(map[Permission]Reach{CaseWork: Center, RiskWrite: Center}),
	Legal:      professional(map[Permission]Reach{CaseWork: Center, ReportPrepare: Center}),
	Facilitator: signedIn(map[Permission]Reach{
		ProgramRead: All, GroupRead: Center, AgendaRead: Center, AttendanceRecord: Center,
		SurveyRead: All, SurveyCollect: Center,
	}),
	CenterCoordinator: professional(map[Permission]Reach{
		ReferralReceive: Center, ReadersRead: Center, AccountAdminister: Center, GroupManage: Center, CaseDecide: Center,
		RiskWrite: Center, AgendaManage: Center, ReportPrepare: Center, ReportSign: Center,
		FollowupWork: Center, FollowupContact: Center, SurveyResults: Center, StatisticsRead: Center,
		GoalRead: Center, GoalExplain: Center,
	}),
	ProgramAdmin: signedIn(map[Permission]Reach{
		CatalogueManage: All, InstitutionRead: All, InstitutionAdmin: All, CenterAdmin: All, NoticeRead: All,
		ProgramRead: All, ProgramManage: All, GroupRead: All, TemplateManage: All, CaseReason: All,
		SurveyRead: All, SurveyManage: All, SurveyResults: All, GoalRead: All, GoalApprove: All,
	}),
	Analyst: signedIn(map[Permission]Reach{
		InstitutionRead: All, SurveyRead: All, SurveyResults: All, StatisticsRead: All, StatisticsClose: All,
		GoalRead: All, GoalPropose: All, GoalExplain: All,
	}),
	SecurityAdmin: signedIn(map[Permission]Reach{
		AccountAdminister: All, InstitutionRead: All, NoticeRead: All,
	}),
	Auditor:      signedIn(map[Permission]Reach{LedgerRead: All}),
	WorkingGroup: signedIn(nil),
}

// professional is whoever works cases at a center. The coordination reads what the areas
// write and has none of its own (DOMAIN, section 6): CaseWork is theirs.
func professional(more map[Permission]Reach) map[Permission]Reach {
	all := signedIn(map[Permission]Reach{
		ReferralRead: Center, CaseContact: Center, CaseRead: Center, AgendaRead: Center, AgendaBook: Center,
		AttendanceRecord: Center, ProgramRead: All, GroupRead: Center, FollowupRead: Center,
		SurveyRead: All, SurveyCollect: Center, SurveyAsk: Center,
	})
	maps.Copy(all, more)
	return all
}

// signedIn adds what everyone with an account may do.
func signedIn(more map[Permission]Reach) map[Permission]Reach {
	all := map[Permission]Reach{
		SelfManage: Self, CatalogueRead: All, CenterRead: All, DocumentVerify: All,
	}
	maps.Copy(all, more)
	return all
}
