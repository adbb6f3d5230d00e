// Package pgtemp runs a private PostgreSQL server that lasts as long as the process
// that started it. It listens on a unix socket in a folder of its own, so that any
// number run side by side.
//
// Promises: nothing is left behind, neither a process nor a file, however the process
// ends. The server hangs on a shell that reads a pipe of ours; the pipe closes when we
// end, even by kill -9, and the shell then stops the server and removes the folder.
package pgtemp

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// ErrMissing says that there is no PostgreSQL 15 to start.
var ErrMissing = errors.New("pgtemp: initdb of PostgreSQL 15 is neither in PATH nor in /usr/lib/postgresql/15/bin (Debian: apt-get install postgresql-15)")

// debianBin is where Debian keeps the server's programs, outside PATH.
const debianBin = "/usr/lib/postgresql/15/bin"

// script keeps the server: $1 is the folder with the programs, $2 the server's own.
// Durability is off, because the data is thrown away. The collation is that of a
// Spanish installation: a query that needs the order of bytes has to say so.
const script = `
exec 2>"$2/log"
"$1/initdb" -D "$2/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 \
	--locale-provider=icu --icu-locale=es-MX --no-sync --no-instructions >&2 &&
cat >>"$2/data/postgresql.conf" <<END &&
listen_addresses = ''
unix_socket_directories = '$2'
max_connections = 400
shared_buffers = 64MB
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
autovacuum = off
END
"$1/pg_ctl" start -s -w -t 60 -D "$2/data" -l "$2/server.log" >&2 && echo ready
exec >&-
cat >&2
"$1/pg_ctl" stop -s -m immediate -D "$2/data"
rm -rf "$2"
`

// Cluster is a running server.
type Cluster struct {
	// URL reaches the server's database "postgres" as its superuser.
	URL string

	lifeline io.WriteCloser // the server ends when this closes
	keeper   *exec.Cmd
}

// Start starts a server and waits until it answers. It gives ErrMissing when there is
// no PostgreSQL on this machine.
func Start() (*Cluster, error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	dir, err := folder()
	if err != nil {
		return nil, err
	}
	c := &Cluster{URL: "postgres://postgres@/postgres?host=" + url.QueryEscape(dir)}
	if err := c.start(bin, dir); err != nil {
		c.Stop()
		_ = os.RemoveAll(dir)
		return nil, err
	}
	return c, nil
}

func (c *Cluster) start(bin, dir string) error {
	attr, err := unprivileged(dir)
	if err != nil {
		return err
	}
	c.keeper = exec.Command("/bin/sh", "-c", script, "pgtemp", bin, dir)
	c.keeper.Dir = dir
	c.keeper.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8"}
	c.keeper.SysProcAttr = attr
	if c.lifeline, err = c.keeper.StdinPipe(); err != nil {
		return err
	}
	out, err := c.keeper.StdoutPipe()
	if err != nil {
		return err
	}
	if err := c.keeper.Start(); err != nil {
		return err
	}
	if line, _ := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
		log, _ := os.ReadFile(filepath.Join(dir, "log"))
		return fmt.Errorf("pgtemp: the server did not start: %s", strings.TrimSpace(string(log)))
	}
	return nil
}

// Stop ends the server and removes its files. It ends by itself with the process.
func (c *Cluster) Stop() {
	if c.lifeline != nil {
		_ = c.lifeline.Close()
		_ = c.keeper.Wait()
	}
}

// programs finds the folder of initdb and pg_ctl.
func programs() (string, error) {
	if _, err := os.Stat(filepath.Join(debianBin, "initdb")); err == nil {
		return debianBin, nil
	}
	path, err := exec.LookPath("initdb")
	if err != nil {
		return "", ErrMissing
	}
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return "", err
	}
	return filepath.Dir(path), nil
}

// memory is a file system in memory, where making a database takes a tenth of the time.
const memory = "/dev/shm"

// folder makes the server's folder: in memory when there is a gigabyte to spare, unless
// TMPDIR asks for a place. A socket's path may have 107 characters, so a long TMPDIR
// will not do.
func folder() (string, error) {
	root := os.TempDir()
	var free syscall.Statfs_t
	if os.Getenv("TMPDIR") == "" && syscall.Statfs(memory, &free) == nil && free.Bavail*uint64(free.Bsize) > 1<<30 {
		if dir, err := os.MkdirTemp(memory, "sigue-pg-"); err == nil {
			return dir, nil
		}
	}
	if len(root) > 60 {
		root = "/tmp"
	}
	return os.MkdirTemp(root, "sigue-pg-")
}

// unprivileged is how the keeper starts: in a session of its own, so that Ctrl-C does
// not reach it before it has cleaned up, and not as root, which PostgreSQL refuses.
func unprivileged(dir string) (*syscall.SysProcAttr, error) {
	attr := &syscall.SysProcAttr{Setsid: true}
	if os.Getuid() != 0 {
		return attr, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("pgtemp: root cannot run a server and there is no other user for it: %w", err)
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return nil, err
	}
	attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return attr, os.Chown(dir, uid, gid)
}
