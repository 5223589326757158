package main

import (
	"math"
	"os"
	"testing"
)

func TestAvailableMemory(t *testing.T) {
	t.Parallel()
	const machine = "MemTotal:        4194304 kB\nMemFree:  1 kB\n"
	for name, tc := range map[string]struct {
		files   map[string]string
		goLimit int64
		want    int64
	}{
		"nothing is known":   {nil, math.MaxInt64, 1 << 30},
		"the machine":        {map[string]string{"/proc/meminfo": machine}, math.MaxInt64, 4 << 30},
		"GOMEMLIMIT":         {map[string]string{"/proc/meminfo": machine}, 300 << 20, 300 << 20},
		"no limit of groups": {map[string]string{"/proc/meminfo": machine, "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/memory.max": "max\n"}, math.MaxInt64, 4 << 30},
		"a container":        {map[string]string{"/proc/meminfo": machine, "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/memory.max": "536870912\n"}, math.MaxInt64, 512 << 20},
		"a group above": {map[string]string{"/proc/meminfo": machine, "/proc/self/cgroup": "0::/a/b.service\n", "/sys/fs/cgroup/a/memory.max": "1073741824\n",
			"/sys/fs/cgroup/a/b.service/memory.max": "max\n"}, math.MaxInt64, 1 << 30},
		"groups of before": {map[string]string{"/proc/meminfo": machine, "/sys/fs/cgroup/memory/memory.limit_in_bytes": "268435456\n"}, math.MaxInt64, 256 << 20},
		"no limit there":   {map[string]string{"/proc/meminfo": machine, "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n"}, math.MaxInt64, 4 << 30},
	} {
		read := func(name string) ([]byte, error) {
			text, ok := tc.files[name]
			if !ok {
				return nil, os.ErrNotExist
			}
			return []byte(text), nil
		}
		if got := availableMemory(read, tc.goLimit); got != tc.want {
			t.Errorf("%s: want %d, got %d", name, tc.want, got)
		}
	}
}

func TestPhoneLimits(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		memory, rate string
		want         phoneLimits
		wrong        int
	}{
		{"512", "60", phoneLimits{512 << 20, 60}, 0}, {"1", "0", phoneLimits{1 << 20, -1}, 0},
		{"0", "60", phoneLimits{}, 1}, {"much", "often", phoneLimits{}, 2}, {"-1", "-1", phoneLimits{}, 2}, {"99999999999999999999", "60", phoneLimits{}, 1},
	} {
		var m mistakes
		if got := parsePhoneLimits(&m, tc.memory, tc.rate); len(m) != tc.wrong || tc.wrong == 0 && got != tc.want {
			t.Errorf("%q, %q: %+v, %v", tc.memory, tc.rate, got, m)
		}
	}
	var m mistakes
	if got := parsePhoneLimits(&m, "", "60").memory; got < leastPhoneMemory || got > mostPhoneMemory {
		t.Errorf("left out: %d", got)
	}
}
