// Package srapssim is the Snom SRAPS simulator: the REST API with real state,
// and the answers a factory-fresh phone gets on first boot.
//
// It exists so that everything built on SRAPS can be tried against a service
// that keeps its own truth, separates "applied" from "answered", refuses what
// the real one refuses, and fails on request. It shares no code with our
// client: a mistake in one must not be repeated in the other. It is no copy of
// SRAPS, and it stores nothing on disk.
//
// Where a behaviour comes from is written beside it: "Snom wiki" (vendor
// documentation), "client code in production" (what public clients of the real
// service send and rely on, recorded answers included), "Hawk" (the reference
// implementation), or "assumed" (nobody documents it in public).
//
// Start reading at Server (server.go), then the table in routes.go.
package srapssim
