// Package demo makes a working SIGUE with fictional institutions, centers, people and
// cases. Everything goes through the services that people use, on a clock that is moved
// through the last months, so what it makes is what the program would have made.
//
// Promises: the same seed gives the same people and cases; every name is invented and
// every address lies in a reserved domain; nothing leaves the machine.
package demo
