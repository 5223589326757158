package srapssim

// RequestMAC computes what the simulator expects, for the public vectors.
func RequestMAC(secret, method, resource, host, port, ts, nonce, hash, ext string) string {
	return signed{hawkHeader: hawkHeader{ts: ts, nonce: nonce, hash: hash, ext: ext},
		method: method, resource: resource, host: host, port: port}.sum("header", secret)
}

// PayloadHash and TimestampMAC are checked against the public vectors.
var (
	PayloadHash  = payloadHash
	TimestampMAC = timestampMAC
)

// HistoryLimit bounds what a stale answer can undo.
const HistoryLimit = historyLimit
