// Package center holds who receives: centers, their venues, the municipalities they
// serve in order of preference, how many people they can take in a week, and the days
// on which they do not open.
//
// Promises: a center or venue is closed, never deleted; a center that is closed is
// suggested no more.
//
// Tables: centers, venues, center_coverage; closed days through catalogue.
// Permissions: access.CenterRead (the directory, for everybody), access.CenterAdmin.
package center
