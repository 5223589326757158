package phonefile

// Limit makes the limits small enough for a test.
func (r *Reader) Limit(rows int, bytes int64) { r.maxRows, r.counted.max = rows, bytes }
