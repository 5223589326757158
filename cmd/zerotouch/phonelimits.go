package main

import (
	"math"
	"os"
	"path"
	"runtime/debug"
	"strconv"
	"strings"
)

// phoneLimits bound what phones take of a process.
type phoneLimits struct {
	// memory is in bytes, rate in answers a minute for one phone, below 0 for no limit.
	memory int64
	rate   int
}

const (
	mib = 1 << 20
	// Where nobody has said, phones take a quarter of the memory, since what lies in memory
	// for long takes up to twice its size until garbage is collected.
	phonesShare = 4
	// leastPhoneMemory and mostPhoneMemory bound that quarter: some 15,000 phones, and a
	// million.
	leastPhoneMemory = 64 * mib
	mostPhoneMemory  = 4096 * mib
)

func parsePhoneLimits(m *mistakes, memory, rate string) (l phoneLimits) {
	l.memory = min(max(availableMemory(os.ReadFile, debug.SetMemoryLimit(-1))/phonesShare, leastPhoneMemory), mostPhoneMemory)
	if memory != "" {
		n, err := strconv.ParseInt(memory, 10, 64)
		if err != nil || n < 1 || n > math.MaxInt64/mib {
			m.add("PHONE_MEMORY", "it is a number of MiB of at least 1")
		}
		l.memory = n * mib
	}
	n, err := strconv.Atoi(rate)
	if err != nil || n < 0 || n > 1_000_000 {
		m.add("PHONE_RATE", "it is how often a phone gets its settings within a minute, from 0 (no limit) to 1000000")
	}
	if l.rate = n; n == 0 {
		l.rate = -1
	}
	return l
}

// availableMemory is what this process may use: the least of what GOMEMLIMIT, its control
// group and those above it, and the machine say. Where none does, it is a GiB.
func availableMemory(read func(string) ([]byte, error), goLimit int64) int64 {
	least := int64(math.MaxInt64)
	if goLimit > 0 {
		least = goLimit
	}
	text := func(name string) string {
		b, _ := read(name) // who says nothing sets no limit
		return string(b)
	}
	files := []string{"/sys/fs/cgroup/memory/memory.limit_in_bytes"}
	for line := range strings.Lines(text("/proc/self/cgroup")) {
		if group, ok := strings.CutPrefix(strings.TrimSpace(line), "0::"); ok {
			for dir := path.Clean("/" + group); ; dir = path.Dir(dir) {
				files = append(files, path.Join("/sys/fs/cgroup", dir, "memory.max"))
				if dir == "/" {
					break
				}
			}
		}
	}
	for _, name := range files {
		if n, err := strconv.ParseInt(strings.TrimSpace(text(name)), 10, 64); err == nil && n > 0 {
			least = min(least, n)
		}
	}
	for line := range strings.Lines(text("/proc/meminfo")) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "MemTotal:" {
			if n, err := strconv.ParseInt(fields[1], 10, 64); err == nil && n > 0 {
				least = min(least, n*1024)
			}
		}
	}
	if least == math.MaxInt64 {
		return 1024 * mib
	}
	return least
}
