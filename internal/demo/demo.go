// Package demo is the whole story on one machine: the real server, the Snom
// simulator, and simulated phones, with nothing to configure and no account
// anywhere.
//
// It starts the product through the same function as `zerotouch serve` and talks
// to it through the public API alone; what it does on the side (a user, a token,
// the reseller credential) is what the local verbs of the command line do.
// It changes nothing in the product and nothing outside its own folder.
//
// Walkthrough plays the story in the terminal and is the end-to-end test; Run
// keeps everything running for a person with a browser, and adds the demo desk, a
// page where phones are plugged in. Start reading at story.go, then desk.go.
package demo

import (
	"context"
	"io"
)

// Installation is the name under which the demo runs.
const Installation = "demo"

// Config is what Run and Walkthrough need. Serve and Out are required.
type Config struct {
	// Serve runs the product until ctx ends.
	Serve func(ctx context.Context, start Start) error
	// Out is where a person reads, or with JSON a program: one object a line.
	Out  io.Writer
	JSON bool
	// DataDir is kept and has to be empty or missing, because the simulated Snom
	// begins empty too. When "" a temporary folder is used and removed.
	DataDir string
	// Database is a path or a PostgreSQL address; a file in DataDir when "".
	Database string
	// Listen says where to listen; the usual addresses where empty. Walkthrough
	// takes free ports whatever stands here.
	Listen Listen
}

// Listen holds an address, host:port, for every listener of the demo.
type Listen struct {
	Admin, Phone, Ops string
	// Snom is the simulated redirection service, Desk the page with the phones.
	Snom, Desk string
}

// Start is what the server is to be started with.
type Start struct {
	// Env holds ZEROTOUCH_ variables as a person would set them.
	Env map[string]string
	// DeskURL is the address of the demo desk, "" without one.
	DeskURL string
	// SignIn says how to sign in, for the sign-in page; "" outside a demo with a
	// browser.
	SignIn string
	// Ready is called once, when the server answers.
	Ready func(Addresses)
}

// Addresses are the URLs under which a server answers.
type Addresses struct{ Admin, Phone, Ops string }
