package cli

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
)

// writeFile writes a file whole or not at all: what was there stays until the
// new content is complete. Devices and pipes, which cannot be replaced, are
// written to directly.
func writeFile(name string, write func(io.Writer) error) error {
	var content bytes.Buffer
	if err := write(&content); err != nil {
		return err
	}
	if real, err := filepath.EvalSymlinks(name); err == nil {
		name = real
	}
	info, err := os.Stat(name)
	switch {
	case err == nil && info.Mode().IsRegular():
		return replaceFile(name, content.Bytes(), info.Mode().Perm())
	case err != nil && errors.Is(err, fs.ErrNotExist):
		return replaceFile(name, content.Bytes(), 0o666)
	}
	return overwrite(name, content.Bytes())
}

// replaceFile writes beside the file and then takes its name. The umask counts
// for new files, as for those of any other program.
func replaceFile(name string, content []byte, perm fs.FileMode) (err error) {
	temp := name + ".tmp" + strconv.Itoa(os.Getpid())
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(temp))
		}
	}()
	_, err = f.Write(content)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(temp, name)
}

// overwrite writes to something that is no regular file.
func overwrite(name string, content []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Close())
}

// reason is an error without the names of calls and files, which messages give
// themselves.
func reason(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	if l, ok := errors.AsType[*os.LinkError](err); ok {
		return l.Err
	}
	return err
}
