package api

import "time"

// Listeners is what the process that answers knows of its own listeners. Other
// processes of the installation may have files of their own.
type Listeners struct {
	Certificates []Certificate `json:"certificates" nullable:"false" doc:"Certificates that they show"`
	Troubles     []FileTrouble `json:"troubles" nullable:"false" doc:"Files that have changed and cannot be used, so that what was read before stays in use"`
}

// Certificate is a certificate that a listener shows.
type Certificate struct {
	Listener string    `json:"listener" doc:"admin, phone, phone-client or ops"`
	Names    []string  `json:"names" nullable:"false" doc:"Host names and addresses that it is for"`
	Key      string    `json:"key" doc:"Kind of its key, such as P-256 or RSA-2048"`
	NotAfter time.Time `json:"not_after" doc:"Its end"`
	Alarm    int       `json:"alarm" enum:"0,7,14,30" doc:"0 while its end is far, else the days that are left at most; 7 also after its end"`
}

// FileTrouble is a file of a listener that cannot be used.
type FileTrouble struct {
	Listener string    `json:"listener"`
	Detail   string    `json:"detail" doc:"What is wrong, with the name of the file"`
	Since    time.Time `json:"since"`
}
