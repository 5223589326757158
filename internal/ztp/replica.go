package ztp

import (
	"context"
	"time"
)

const (
	// ReplicaBeat is how often a process tells the others that it is alive.
	ReplicaBeat = 10 * time.Second
	// ReplicaAlive is how long it counts as alive after that.
	ReplicaAlive = 30 * time.Second
	// ReplicaLeave bounds the last word of one that stops.
	ReplicaLeave = 5 * time.Second
)

// Replica is a process that works on the database.
type Replica struct {
	ID string
	// Version of its build, Schema the version that its migrations lead to.
	Version string
	Schema  int64
	// StartedAt and SeenAt are set by the store: when it came, and when it last gave
	// a sign of life.
	StartedAt time.Time
	SeenAt    time.Time
	// AliveUntil is when it counts as gone without another sign of life.
	AliveUntil time.Time
	// SettledAt: every call with the key of a link that it began before then has ended.
	SettledAt time.Time
	// OnlyPhones: it serves phones and does nothing else, so it has no key of a link.
	OnlyPhones bool
}

// Hint is what one process tells the others so that they need not wait until they
// look by themselves. It may get lost.
type Hint string

const (
	// HintDue: an operation is due that another process may take up.
	HintDue Hint = "due"
	// HintBeat: somebody waits for the others' SettledAt.
	HintBeat Hint = "beat"
	// HintPause: a vendor has asked for silence.
	HintPause Hint = "pause"
)

// ReplicaStore keeps what the processes that work on one database have to know of
// each other. All its times are the database's.
type ReplicaStore interface {
	// BeatReplica says that r is alive for ttl from now, and that what it did before
	// r.SettledAt has ended. The first time makes its row.
	BeatReplica(ctx context.Context, r Replica, ttl time.Duration) error
	// ListReplicas returns those that are alive, or were less than ago before now,
	// longest there first, and what now is.
	ListReplicas(ctx context.Context, ago time.Duration) (all []Replica, now time.Time, err error)
	// LeaveReplica removes one that has stopped; one that is not there has left already.
	LeaveReplica(ctx context.Context, id string) error
	// BeatPhoneServer, ListPhoneServers and LeavePhoneServer are these of processes that
	// serve phones alone, for whom nobody has to wait.
	BeatPhoneServer(ctx context.Context, r Replica, ttl time.Duration) error
	ListPhoneServers(ctx context.Context, ago time.Duration) ([]Replica, error)
	LeavePhoneServer(ctx context.Context, id string) error
	// TakeDuty reports whether what name says is to be done by whoever asks: nobody
	// has taken it for a period. Inside Tx it is taken with the commit.
	TakeDuty(ctx context.Context, name string, every time.Duration) (bool, error)
	// TidyReplicas forgets replicas and duties that were last heard of longer than ago.
	TidyReplicas(ctx context.Context, ago time.Duration) error
	// TakePlaces takes the next n places at a vendor's rate, of which burst may have
	// piled up, and returns the first one, and until when the vendor is not to be called.
	TakePlaces(ctx context.Context, v VendorName, rate float64, burst, n int) (first, paused time.Time, err error)
	// PauseCalls keeps every process from calling the vendor for d from now.
	PauseCalls(ctx context.Context, v VendorName, d time.Duration) error
	// CallsPaused tells until when the vendor is not to be called; zero or past when it may.
	CallsPaused(ctx context.Context, v VendorName) (time.Time, error)
	// SendHint reaches the other processes at once, or never. Inside Tx it is sent by
	// the commit.
	SendHint(ctx context.Context, h Hint) error
}
