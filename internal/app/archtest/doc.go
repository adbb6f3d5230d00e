// Package archtest holds the rules of the house (docs/architecture.md) as tests: who may
// import whom, that every service method asks for its permission first, that SQL runs on
// both engines, that every column has a data class and every sentence its translation.
//
// Each rule is a function from a [module] to its findings, so that it is tried twice: on a
// small example that breaks it, to see that it bites, and on the program itself. An
// exception stands in a table with its reason, and one that is no longer needed fails.
package archtest
