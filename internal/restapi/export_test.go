package restapi

// Document is what is served at /api/v1/openapi.json.
func Document(cfg Config) []byte {
	_, doc := build(cfg)
	return doc
}
