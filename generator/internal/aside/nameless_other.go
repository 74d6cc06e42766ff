//go:build !linux

package aside

import (
	"errors"
	"os"
)

// nameless is what other systems do not have.
func nameless(string) (*os.File, error) { return nil, errors.ErrUnsupported }
