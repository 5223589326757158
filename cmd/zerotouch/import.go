package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"zerotouch.example/api"
	"zerotouch.example/internal/ztp"
)

type endpointImportCmd struct {
	remote
	following
	File        string `arg:"" help:"CSV file with the columns mac,account,product_group,model,name,serial,pin; - for standard input."`
	Platform    string `required:"" placeholder:"PLATFORM" help:"Slug or id of the platform."`
	DryRun      bool   `name:"dry-run" help:"Say what would happen to each row, and change nothing."`
	SkipInvalid bool   `name:"skip-invalid" help:"Leave rows out that can't be taken; without it nothing is taken then."`
}

func (cmd *endpointImportCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	i, err := cmd.check(e, c)
	if err != nil {
		return err
	}
	left := i.Outcomes[string(ztp.RowTaken)] + i.Outcomes[string(ztp.RowInvalid)]
	writes := i.Outcomes[string(ztp.RowNew)] + i.Outcomes[string(ztp.RowChange)]
	if !cmd.JSON || !cmd.DryRun {
		if err := printCheck(e, c, i, left, cmd.JSON); err != nil {
			return err
		}
	}
	if cmd.DryRun {
		return cmd.dry(e, c, i)
	}
	if writes == 0 && (left == 0 || cmd.SkipInvalid) {
		return cmd.nothing(e, c, i)
	}
	mode := api.ImportAllOrNothing
	if cmd.SkipInvalid {
		mode = api.ImportSkipInvalid
	}
	if left == 0 || cmd.SkipInvalid {
		if err := e.confirm(cmd.Yes, fmt.Sprintf("Import %s into %s?", plural(writes, "phone", "phones"), cmd.Platform)); err != nil {
			return err
		}
	}
	a, err := c.StartImport(e.ctx, i.ID, mode)
	if err != nil {
		return err
	}
	return cmd.finish(e, c, cmd.JSON, a)
}

// check sends the file.
func (cmd *endpointImportCmd) check(e *env, c *api.Client) (api.Import, error) {
	file, name := io.Reader(e.stdin), "phones.csv"
	if cmd.File != "-" {
		f, err := openFile(cmd.File)
		if err != nil {
			return api.Import{}, usagef("%v", err)
		}
		defer f.Close()
		file, name = f, filepath.Base(cmd.File)
	}
	return c.CheckImport(e.ctx, cmd.Platform, file, api.ImportOptions{File: name})
}

// dry ends a dry run; a script sees by the exit code that rows can't be taken.
func (cmd *endpointImportCmd) dry(e *env, c *api.Client, i api.Import) error {
	if err := c.RemoveImport(e.ctx, i.ID); err != nil {
		return err
	}
	if cmd.JSON {
		return printJSON(e.stdout, i)
	}
	fmt.Fprintln(e.stdout, "Nothing was changed.")
	return nil
}

// nothing ends an import of which every row that can be taken is as registered already.
func (cmd *endpointImportCmd) nothing(e *env, c *api.Client, i api.Import) error {
	if err := c.RemoveImport(e.ctx, i.ID); err != nil {
		return err
	}
	return printAtOnce(e, cmd.JSON, api.Answer{})
}

// shownFaults is how many of the rows that can't be taken are printed.
const shownFaults = 20

// printCheck says what a check has found; for JSON on standard error.
func printCheck(e *env, c *api.Client, i api.Import, left int, asJSON bool) error {
	w := e.stdout
	if asJSON {
		w = e.stderr
	}
	o := i.Outcomes
	fmt.Fprintf(w, "%s: %d new, %d to change, %d unchanged, %d registered elsewhere, %d to fix\n", plural(i.Rows, "row", "rows"),
		o[string(ztp.RowNew)], o[string(ztp.RowChange)], o[string(ztp.RowUnchanged)], o[string(ztp.RowTaken)], o[string(ztp.RowInvalid)])
	for _, name := range i.Ignored {
		fmt.Fprintf(w, "nothing is taken from the column %s\n", clean(name))
	}
	printed := 0
	for _, outcome := range []ztp.RowOutcome{ztp.RowInvalid, ztp.RowTaken} {
		if left == 0 || printed == shownFaults {
			break
		}
		for r, err := range c.ImportRows(e.ctx, i.ID, string(outcome), "") {
			if err != nil {
				return err
			}
			for _, f := range r.Faults {
				fmt.Fprintf(w, "line %d, %s: %s %s\n", r.Line, clean(orDash(f.Field)), clean(f.Text), clean(f.Remedy))
			}
			if printed++; printed == shownFaults {
				break
			}
		}
	}
	if left > printed {
		fmt.Fprintf(w, "and %s more\n", plural(left-printed, "row", "rows"))
	}
	return nil
}

type endpointExportCmd struct {
	remote
	Platform string `required:"" placeholder:"PLATFORM" help:"Slug or id of the platform."`
	File     string `placeholder:"FILE" help:"Write it there; standard output without it."`
	BOM      bool   `name:"bom" help:"Begin with a byte order mark, by which Excel knows UTF-8."`
}

func (cmd *endpointExportCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	if cmd.File == "" {
		return c.ExportPhones(e.ctx, cmd.Platform, "", cmd.BOM, e.stdout)
	}
	// Beside its place first: an export that breaks off leaves what was there.
	part := cmd.File + ".part"
	f, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return usagef("%v", err)
	}
	err = c.ExportPhones(e.ctx, cmd.Platform, "", cmd.BOM, f)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		_ = os.Remove(part)
		return err
	}
	return os.Rename(part, cmd.File)
}

type endpointResultsCmd struct {
	remote
	ID     string `arg:"" help:"Id of the import."`
	Failed bool   `help:"Only rows that failed or could not be taken."`
}

func (cmd *endpointResultsCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	return c.ImportResults(e.ctx, cmd.ID, cmd.Failed, e.stdout)
}
