package pgtest

// ProgramsIn looks for the programs in these folders alone.
func ProgramsIn(folders ...string) error {
	_, err := programsIn(folders)
	return err
}

// Dir is the server's folder.
func (s *Server) Dir() string { return s.process.dir }

// PID is the server's process id.
func (s *Server) PID() int { return s.process.cmd.Process.Pid }
