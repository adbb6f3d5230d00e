// Package survey asks people what they think of the service, during the process and at its
// end, without learning who answered.
//
// Promises: what is asked is data, in versions; a published version never changes. An
// answer is counted and not kept: the database holds how often each mark was given at a
// center in a month, and no row of one answer ([Service.Answer]). What somebody writes lies
// apart from what he marked. Nothing leads from an answer to a person, a case, an
// appointment, the code that opened it, the order in which it came or its hour: not a
// column, not an id, not the place of a row in its table (mix.go, docs/adr/0025). A code is
// good once; nothing tells whether it was printed or mailed, and once it is answered it is
// gone. Results are shown of months that are over, in groups of five answers or more, so
// that no two of them differ by fewer ([release]).
//
// Tables: surveys, survey_versions, survey_tallies, survey_texts, survey_codes,
// survey_kiosks, survey_asks. Permissions: access.SurveyRead, SurveyManage, SurveyCollect,
// SurveyAsk, SurveyResults, SurveyAnswer, JobRun.
package survey
