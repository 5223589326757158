package keyring

// Encode is the byte form of associated data.
func Encode(format string, elements ...string) []byte { return encode(format, elements...) }
