package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"maps"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
)

//go:embed assets
var embedded embed.FS

const staticPrefix = "/estatico/"

// assets holds the static files in memory, plain and compressed. Their common hash is
// part of their address, so a browser may keep them for a year.
type assets struct {
	hash  string
	files map[string]asset
}

type asset struct {
	kind        string
	plain, gzip []byte
}

func newAssets(b Branding) *assets {
	a := &assets{files: maps.Clone(embeddedFiles())}
	a.files["marca.css"] = newAsset("marca.css", []byte(b.css()))
	a.hash = a.sum()
	return a
}

// embeddedFiles are the program's own, compressed once.
var embeddedFiles = sync.OnceValue(func() map[string]asset {
	files := map[string]asset{}
	err := fs.WalkDir(embedded, "assets", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := embedded.ReadFile(name)
		name = strings.TrimPrefix(name, "assets/")
		files[name] = newAsset(name, content)
		return err
	})
	if err != nil {
		panic(err) // embedded: cannot happen
	}
	return files
})

var assetKinds = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
}

func newAsset(name string, content []byte) asset {
	var packed bytes.Buffer
	w, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	_, _ = w.Write(content)
	_ = w.Close() // into memory: cannot fail
	return asset{kind: assetKinds[path.Ext(name)], plain: content, gzip: packed.Bytes()}
}

// sum is one hash over all files: the scripts import each other by relative address.
func (a *assets) sum() string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(a.files)) {
		h.Write([]byte(name + "\x00"))
		h.Write(a.files[name].plain)
	}
	return hex.EncodeToString(h.Sum(nil))[:12]
}

// url is the address of a static file.
func (a *assets) url(name string) string { return staticPrefix + a.hash + "/" + name }

// serve answers with a static file; false when there is none. Under an older hash it
// answers too, uncached: while copies of the program are being replaced, a page of one
// may ask the other.
func (a *assets) serve(w http.ResponseWriter, r *Request) bool {
	hash, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, staticPrefix), "/")
	if r.URL.Path == "/favicon.ico" {
		name = "icono.svg"
	}
	f, ok := a.files[name]
	if !ok || (r.Method != http.MethodGet && r.Method != http.MethodHead) {
		return false
	}
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Vary", "Accept-Encoding")
	if hash == a.hash {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	body := f.plain
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = f.gzip
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	_ = write(w, r, http.StatusOK, body)
	return true
}

// Static is the address of a static file of this package ("sigue.css").
func (rt *Router) Static(name string) string { return rt.assets.url(name) }
