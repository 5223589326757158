package reseller

// ParseValue lets tests try values without a store.
var ParseValue = parseValue
