package ztp

import "time"

// Role says what an actor may do.
type Role string

const (
	// SuperAdmin may do everything.
	SuperAdmin Role = "super-admin"
	// Viewer sees everything that a page shows and changes nothing.
	Viewer Role = "viewer"
)

// ParseRole accepts the two roles by name.
func ParseRole(s string) (Role, error) {
	switch r := Role(s); r {
	case SuperAdmin, Viewer:
		return r, nil
	}
	return "", Invalid("role", `A role is "super-admin" or "viewer".`)
}

// ActorKind says through which door somebody came.
type ActorKind string

const (
	// ActorUser signed in at the portal.
	ActorUser ActorKind = "user"
	// ActorToken is a program with an API token.
	ActorToken ActorKind = "token"
	// ActorLocal used a verb of the command line on the host itself.
	ActorLocal ActorKind = "local"
	// ActorSystem is the orchestrator acting by itself.
	ActorSystem ActorKind = "system"
)

// Actor is who asks for something. Every change carries one into the audit log.
type Actor struct {
	Kind ActorKind
	// Name is the user name, the token's name, or what part of the system acts.
	Name string
	Role Role
	// Address is the network address the request came from, if any.
	Address string
	// RequestID is the id under which the request is logged, if any.
	RequestID string
}

// System is the actor of everything the orchestrator does on its own.
func System(part string) Actor { return Actor{Kind: ActorSystem, Name: part, Role: SuperAdmin} }

// String is how pages, answers and audit rows name the actor.
func (a Actor) String() string {
	switch a.Kind {
	case ActorUser, "":
		return a.Name
	}
	return string(a.Kind) + ":" + a.Name
}

// MayChange reports whether the actor may change anything. Viewers may not.
func (a Actor) MayChange() bool { return a.Role == SuperAdmin }

// MaySee reports whether the actor may look at all.
func (a Actor) MaySee() bool { return a.Role == SuperAdmin || a.Role == Viewer }

// Event starts the audit row of something that the actor does.
func (a Actor) Event(at time.Time, action, target string) Event {
	return Event{
		At: at, Actor: a.String(), Address: a.Address, RequestID: a.RequestID,
		Action: action, Target: target, Outcome: OutcomeOK,
	}
}
