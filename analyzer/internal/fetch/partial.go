package fetch

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// errDisk says that a download failed on this side.
var errDisk = errors.New("the file could not be written")

// partial is a file being downloaded. It is gone after discard, and under its
// final name, whole, after keep; nothing ever sees half of it.
type partial struct {
	f *os.File
	// final is its name in the cache, empty for a temporary file.
	final string
}

// newPartial makes a file that only its owner can read.
func newPartial(final string) (*partial, error) {
	dir := ""
	if final != "" {
		dir = filepath.Dir(final)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, err
		}
	}
	f, err := os.CreateTemp(dir, "pubmortem-*.part")
	if err != nil {
		return nil, err
	}
	return &partial{f: f, final: final}, nil
}

// fill replaces the content by r's, at most most bytes.
func (p *partial) fill(r io.Reader, most int64) (int64, error) {
	_, err := p.f.Seek(0, io.SeekStart)
	if err == nil {
		err = p.f.Truncate(0)
	}
	if err != nil {
		return 0, fmt.Errorf("%w: %w", errDisk, err)
	}
	n, err := io.Copy(diskWriter{p.f}, io.LimitReader(r, most+1))
	if err == nil && n > most {
		err = errTooLarge
	}
	return n, err
}

// diskWriter tells errors of the disk from errors of the network.
type diskWriter struct {
	w io.Writer
}

func (d diskWriter) Write(b []byte) (int, error) {
	n, err := d.w.Write(b)
	if err != nil {
		err = fmt.Errorf("%w: %w", errDisk, err)
	}
	return n, err
}

// discard removes the file.
func (p *partial) discard() error {
	return errors.Join(p.f.Close(), os.Remove(p.f.Name()))
}

// keep makes the file final and opens it for reading. A temporary one goes away
// with its Close.
func (p *partial) keep() (*saved, error) {
	name := p.final
	if name == "" {
		return openSaved(p.f, true)
	}
	// Windows renames no open file.
	if err := p.f.Close(); err != nil {
		return nil, errors.Join(err, os.Remove(p.f.Name()))
	}
	if err := os.Rename(p.f.Name(), name); err != nil {
		return nil, errors.Join(err, os.Remove(p.f.Name()))
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	return openSaved(f, false)
}

// saved is a downloaded file, open for reading.
type saved struct {
	*os.File
	size int64
	temp bool
}

func openSaved(f *os.File, temp bool) (*saved, error) {
	s := &saved{File: f, temp: temp}
	info, err := f.Stat()
	if err == nil {
		s.size = info.Size()
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Close closes the file, and removes a temporary one.
func (s *saved) Close() error {
	err := s.File.Close()
	if s.temp {
		err = errors.Join(err, os.Remove(s.Name()))
	}
	return err
}

// drop closes the file and removes it, temporary or cached.
func (s *saved) drop() error {
	s.temp = true
	return s.Close()
}
