package notify

// OneLine is what a mail and a calendar say of a place.
var OneLine = oneLine
