// Package tempfile makes files that do not outlive the program, however a
// signal ends it.
package tempfile

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
	"sync"
)

var (
	mu   sync.Mutex
	live = map[*os.File]bool{}
)

// Create is os.CreateTemp. Drop or Keep ends the file.
func Create(dir, pattern string) (*os.File, error) {
	return add(func() (*os.File, error) { return os.CreateTemp(dir, pattern) })
}

// Beside makes a file that is to take another's name. The umask counts, as for
// the files of any other program.
func Beside(name string, perm fs.FileMode) (*os.File, error) {
	return add(func() (*os.File, error) {
		return os.OpenFile(name+".tmp"+strconv.Itoa(os.Getpid()), os.O_RDWR|os.O_CREATE|os.O_EXCL, perm)
	})
}

func add(create func() (*os.File, error)) (*os.File, error) {
	mu.Lock()
	defer mu.Unlock()
	f, err := create()
	if err == nil {
		live[f] = true
	}
	return f, err
}

// Drop closes and removes the file. That it was closed or removed before is no
// error.
func Drop(f *os.File) error {
	mu.Lock()
	defer mu.Unlock()
	delete(live, f)
	return drop(f)
}

func drop(f *os.File) error {
	err, err2 := f.Close(), os.Remove(f.Name())
	if errors.Is(err, fs.ErrClosed) {
		err = nil
	}
	if errors.Is(err2, fs.ErrNotExist) {
		err2 = nil
	}
	return errors.Join(err, err2)
}

// Keep closes the file, which Windows asks for, and gives it its final name.
// After an error it is gone.
func Keep(f *os.File, name string) error {
	mu.Lock()
	defer mu.Unlock()
	delete(live, f)
	err := f.Close()
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		err = errors.Join(err, drop(f))
	}
	return err
}

// DropAll removes all files that are neither dropped nor kept, for a program
// that ends while others work on: no file can be made, dropped or kept after it.
func DropAll() {
	mu.Lock()
	for f := range live {
		_ = drop(f) // there is nobody left to tell
	}
}
