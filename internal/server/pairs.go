package server

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

// pair is where a certificate chain and its key lie.
type pair struct{ cert, key string }

// tlsSet reports whether a listener has TLS files at all.
func (l Listener) tlsSet() bool { return l.CertFile != "" || l.KeyFile != "" }

// pairs lists the pairs that a listener's setting names: one, several with commas, or
// folders, in which NAME.crt belongs to NAME.key. Without a key the folder of the
// certificates is meant.
func (l Listener) pairs() ([]pair, error) {
	certs, keys := items(l.CertFile), items(l.KeyFile)
	if len(keys) == 0 {
		keys = certs
	}
	if len(certs) != len(keys) {
		return nil, fmt.Errorf("%d certificates and %d keys are named; each certificate has its key at the same place of the list", len(certs), len(keys))
	}
	var all []pair
	for i, cert := range certs {
		if !isFolder(cert) {
			if cert == keys[i] && len(items(l.KeyFile)) == 0 {
				return nil, fmt.Errorf("%s is no folder, so its key has to be named", cert)
			}
			all = append(all, pair{cert, keys[i]})
			continue
		}
		inside, err := folderPairs(cert, keys[i])
		if err != nil {
			return nil, err
		}
		all = append(all, inside...)
	}
	return all, nil
}

func folderPairs(certs, keys string) ([]pair, error) {
	entries, err := os.ReadDir(certs)
	if err != nil {
		return nil, err
	}
	var all []pair
	for _, e := range entries {
		// What Kubernetes puts beside a mounted secret begins with a dot.
		if name, ok := strings.CutSuffix(e.Name(), ".crt"); ok && !strings.HasPrefix(name, ".") {
			all = append(all, pair{filepath.Join(certs, e.Name()), filepath.Join(keys, name+".key")})
		}
	}
	if len(all) == 0 {
		return nil, errors.New(certs + " has no certificate in it: they are called NAME.crt, and their keys NAME.key")
	}
	sort.Slice(all, func(i, j int) bool { return all[i].cert < all[j].cert })
	return all, nil
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

func items(s string) (list []string) {
	for item := range strings.SplitSeq(s, ",") {
		if item = strings.TrimSpace(item); item != "" {
			list = append(list, item)
		}
	}
	return list
}
