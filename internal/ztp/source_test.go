package ztp_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strconv"
	"strings"
	"testing"
)

// constant is a string constant of the package as its source has it.
type constant struct{ name, value, doc string }

// constants reads all constants of a named type from the package's source, in
// order, so that a test can tell when one is missing from a table.
func constants(t *testing.T, typeName string) []constant {
	t.Helper()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var found []constant
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), e.Name(), nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, constantsOf(t, file, typeName)...)
	}
	if len(found) == 0 {
		t.Fatalf("no constant of type %s in the source", typeName)
	}
	return found
}

func constantsOf(t *testing.T, file *ast.File, typeName string) (found []constant) {
	t.Helper()
	for _, d := range file.Decls {
		decl, ok := d.(*ast.GenDecl)
		if !ok || decl.Tok != token.CONST {
			continue
		}
		for _, s := range decl.Specs {
			spec := s.(*ast.ValueSpec)
			if id, ok := spec.Type.(*ast.Ident); !ok || id.Name != typeName {
				continue
			}
			value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			doc := strings.Join(strings.Fields(spec.Doc.Text()), " ")
			found = append(found, constant{spec.Names[0].Name, value, doc})
		}
	}
	return found
}
