package control

// MergeHandshakes puts together what is written and what this process has seen.
var MergeHandshakes = mergeHandshakes
