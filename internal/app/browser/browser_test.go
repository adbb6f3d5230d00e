package browser

import (
	"bytes"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'"

const formPage = `<main><h1>Nueva</h1>
<form method="post" action="/enviar" enctype="multipart/form-data">
<p><label for="n">Nombre</label> <input id="n" name="nombre" value="viejo"></p>
<p><label for="t">Relato</label> <textarea id="t" name="relato"></textarea></p>
<fieldset><legend>Sexo</legend>
<label><input type="radio" name="sexo" value="h"> Hombre</label>
<label><input type="radio" name="sexo" value="m"> Mujer</label></fieldset>
<fieldset><legend>Tipos</legend>
<label><input type="checkbox" name="tipo" value="fisica"> Física</label>
<label><input type="checkbox" name="tipo" value="sexual"> Sexual</label></fieldset>
<p><label for="m">Municipio</label> <select id="m" name="municipio"><option value="">Elija</option>
<option value="106">Toluca</option><option value="033">Ecatepec de Morelos</option></select></p>
<p><label for="f">Archivo</label> <input id="f" type="file" name="archivo"></p>
<p><button>Enviar</button> <button disabled>Borrar</button></p>
</form><a href="/papel">Bajar el papel</a> <a href="/pdf">Ver el PDF</a> <a href="/otra">Otra página</a>
<p id="guion">sin guion</p></main>`

// site is a small program to drive. Its pages say "con guion" when their script ran.
func site(t *testing.T) string {
	t.Helper()
	mux := http.NewServeMux()
	write := func(w http.ResponseWriter, title, body string) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", policy)
		fmt.Fprintf(w, `<!doctype html><html lang="es"><head><title>%s</title><meta name="viewport" content="width=device-width">
<link rel="icon" href="/icono.svg"><link rel="stylesheet" href="/estilo.css"><script type="module" src="/guion.js"></script></head><body>%s</body></html>`, title, body)
	}
	page := func(path, body string) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) { write(w, path, body) })
	}
	file := func(path, kind, disposition, body string) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", kind)
			if disposition != "" {
				w.Header().Set("Content-Disposition", disposition)
			}
			_, _ = io.WriteString(w, body)
		})
	}
	file("/icono.svg", "image/svg+xml", "", `<svg xmlns="http://www.w3.org/2000/svg"/>`)
	file("/estilo.css", "text/css", "", `.mayor { text-transform: uppercase } @media (prefers-color-scheme: dark) { .claro { display: none } }
@media print { .pantalla { display: none } } .encima { position: fixed; inset: 0; background: white } .pálido { color: #ccc; background: #fff }
html { scroll-behavior: smooth } .abajo { margin-top: 3000px }`)
	file("/guion.js", "text/javascript", "", `const p = document.querySelector("#guion"); if (p) p.textContent = "con guion";
for (const b of document.querySelectorAll("[data-lento]")) b.addEventListener("click", async (e) => { e.preventDefault();
	const r = await fetch("/lento", {method: "POST"}); document.querySelector("output").textContent = await r.text(); });
for (const b of document.querySelectorAll("[data-grita]")) b.addEventListener("click", () => { console.error("¡ay!", 7); throw new Error("roto"); });
for (const b of document.querySelectorAll("[data-pregunta]")) b.addEventListener("click", () => { b.textContent = String(confirm("¿Seguro?")); });
document.addEventListener("keydown", (e) => { if (e.key === "/" ) document.title = "barra"; });`)
	file("/papel", "application/pdf", `attachment; filename="papel.pdf"`, "%PDF-1.4 papel")
	file("/pdf", "application/pdf", `inline; filename="ver.pdf"`, "%PDF-1.4 ver")
	page("/{$}", formPage)
	page("/otra", `<main><h1>Otra</h1><p class="mayor">mayúsculas no</p><a href="/">Volver</a></main>`)
	page("/claro", `<main><h1>Luz</h1><p class="claro">es de día</p><p class="pantalla">en pantalla</p></main>`)
	page("/grita", `<main><h1>Ruido</h1><button data-grita>Gritar</button></main>`)
	page("/inline", `<main><h1>Malo</h1><p style="color: red">rojo</p><script>document.title = "no"</script></main>`)
	page("/falta", `<main><h1>Falta</h1><img alt="nada" src="/nada.png"></main>`)
	page("/lenta", `<main><h1>Lenta</h1><button data-lento>Guardar</button> <button data-pregunta>Preguntar</button><output></output></main>`)
	page("/tapado", `<main><h1>Tapado</h1><button>Debajo</button><div class="encima">encima</div></main>`)
	page("/mala", `<main><h1>Mala</h1><img src="/icono.svg"><input name="x"><p class="pálido">pálido</p></main>`)
	page("/ancha", `<main><h1>Ancha</h1><p>`+strings.Repeat("x", 500)+`</p></main>`)
	page("/lejos", `<main><h1>Lejos</h1><p class="abajo"><a href="/otra">Al final de todo</a></p></main>`)
	mux.HandleFunc("GET /rota", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(500)
		write(w, "rota", "<main><h1>Algo falló</h1></main>")
	})
	mux.HandleFunc("POST /lento", func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "guardado") })
	mux.HandleFunc("GET /galleta", func(w http.ResponseWriter, r *http.Request) {
		had, _ := r.Cookie("g")
		http.SetCookie(w, &http.Cookie{Name: "g", Value: "1"})
		write(w, "galleta", fmt.Sprintf("<main><h1>Galleta</h1><p>tenía: %t, idioma: %s</p></main>", had != nil, r.Header.Get("Accept-Language")))
	})
	mux.HandleFunc("POST /enviar", func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseMultipartForm(1 << 20); err != nil {
			t.Error(err)
		}
		var b strings.Builder
		for _, name := range []string{"nombre", "relato", "sexo", "tipo", "municipio"} {
			fmt.Fprintf(&b, "<p>%s=%s</p>", name, html.EscapeString(strings.Join(r.MultipartForm.Value[name], "+")))
		}
		for _, f := range r.MultipartForm.File["archivo"] {
			fmt.Fprintf(&b, "<p>archivo=%s %d</p>", f.Filename, f.Size)
		}
		w.WriteHeader(http.StatusUnprocessableEntity) // as a form that is shown again
		write(w, "enviado", "<main><h1>Recibido</h1>"+b.String()+"</main>")
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

// both runs a test with JavaScript on and off.
func both(t *testing.T, test func(t *testing.T, tab *Tab, url string)) {
	b := Start(t)
	for _, o := range []Options{{}, {NoJS: true}} {
		t.Run(fmt.Sprintf("NoJS=%t", o.NoJS), func(t *testing.T) {
			url := site(t)
			test(t, b.Tab(t, o), url)
		})
	}
}

func TestForm(t *testing.T) {
	paper := filepath.Join(t.TempDir(), "oficio.pdf")
	if err := os.WriteFile(paper, []byte("%PDF-1.4"), 0o600); err != nil {
		t.Fatal(err)
	}
	both(t, func(t *testing.T, tab *Tab, url string) {
		tab.Go(url)
		if tab.o.NoJS {
			tab.See("sin guion")
		} else {
			tab.See("con guion")
		}
		if got := tab.Value("nombre"); got != "viejo" {
			t.Errorf("value = %q, want viejo", got)
		}
		tab.Fill("nombre", "Ñandú O'Higgins").Fill("Relato", "uno\ndos").Choose("sexo", "Mujer")
		tab.Choose("Tipos", "fisica").Choose("tipo", "Sexual").Choose("tipo", "sexual")
		tab.Choose("municipio", "Ecatepec").Attach("archivo", paper)
		if got := tab.Value("sexo") + tab.Value("Municipio"); got != "m033" {
			t.Errorf("chosen = %q, want m033", got)
		}
		tab.Click("Enviar")
		tab.See("nombre=Ñandú O'Higgins").See("relato=uno dos").See("sexo=m").See("tipo=fisica+sexual")
		tab.See("municipio=033").See("archivo=oficio.pdf 8").NotSee("viejo")
		if tab.Status() != 422 || !strings.HasSuffix(tab.URL(), "/enviar") {
			t.Errorf("arrived at %s with %d", tab.URL(), tab.Status())
		}
		if tab.Interactions() >= tab.Clicks()+tab.Keys() {
			t.Errorf("%d interactions, want each field counted once", tab.Interactions())
		}
		if tab.Clicks() != 8 || tab.Keys() != 24 {
			t.Errorf("it cost %d clicks and %d keys, want 8 and 24", tab.Clicks(), tab.Keys())
		}
	})
}

// TestFollow checks that what comes after a click is looked for on the new page, many
// times over, because a race shows itself seldom.
func TestFollow(t *testing.T) {
	both(t, func(t *testing.T, tab *Tab, url string) {
		tab.Go(url)
		for range 5 {
			tab.Click("Otra página")
			if got := tab.URL(); got != url+"/otra" {
				t.Fatalf("right after the click the page is %s", got)
			}
			tab.See("Mayúsculas no").Click("Volver")
			if got := tab.Value("nombre"); got != "viejo" {
				t.Fatalf("value = %q", got)
			}
			tab.Fill("nombre", "a").Press("Enter").See("nombre=a").Back().Arrive("/")
		}
	})
}

func TestDownload(t *testing.T) {
	both(t, func(t *testing.T, tab *Tab, url string) {
		tab.Go(url)
		for _, test := range []struct{ link, want string }{{"Bajar el papel", "%PDF-1.4 papel"}, {"Ver el PDF", "%PDF-1.4 ver"}} {
			if got := string(tab.Download(test.link)); got != test.want {
				t.Errorf("%s = %q, want %q", test.link, got, test.want)
			}
		}
		tab.See("Nueva")
	})
}

func TestTabsAreApart(t *testing.T) {
	b, url := Start(t), site(t)
	one, two := b.Tab(t, Options{}), b.Tab(t, Options{Lang: "en"})
	one.Go(url + "/galleta").See("tenía: false, idioma: es-MX")
	one.Go(url + "/galleta").See("tenía: true")
	two.Go(url + "/galleta").See("tenía: false, idioma: en")
}

func TestMedia(t *testing.T) {
	b, url := Start(t), site(t)
	b.Tab(t, Options{}).Go(url + "/claro").See("es de día").See("en pantalla")
	b.Tab(t, Options{Dark: true}).Go(url + "/claro").NotSee("es de día")
	b.Tab(t, Options{Print: true}).Go(url + "/claro").NotSee("en pantalla")
	if pdf := b.Tab(t, Options{}).Go(url + "/claro").PDF(); !bytes.HasPrefix(pdf, []byte("%PDF")) {
		t.Errorf("printed = %.20q", pdf)
	}
}

func TestScriptedPage(t *testing.T) {
	tab, url := Start(t).Tab(t, Options{}), site(t)
	tab.Go(url + "/lenta").Click("Guardar").See("guardado").Click("Preguntar").See("true")
	tab.Press("/")
	var title string
	if tab.Evaluate("document.title", &title); title != "barra" {
		t.Errorf("after the key the title is %q", title)
	}
}

func TestFarAway(t *testing.T) {
	both(t, func(t *testing.T, tab *Tab, url string) {
		tab.Go(url + "/lejos").Click("Al final").Arrive("/otra")
	})
}

func TestPhone(t *testing.T) {
	tab, url := Start(t).Tab(t, Options{Phone: true}), site(t)
	var width int
	tab.Go(url).Evaluate("innerWidth", &width)
	if width != 390 {
		t.Errorf("width = %d, want 390", width)
	}
	tab.Fits().Click("Otra página").Arrive("/otra").Screenshot("harness/phone")
	file := filepath.Join(tab.b.root, "screenshots", "harness-phone.png")
	if png, err := os.ReadFile(file); err != nil || !bytes.HasPrefix(png, []byte("\x89PNG")) {
		t.Errorf("screenshot = %.10q, %v", png, err)
	}
	_ = os.Remove(file)
}

func TestAxe(t *testing.T) {
	both(t, func(t *testing.T, tab *Tab, url string) {
		if _, err := os.Stat(filepath.Join(tab.b.root, ".cache", "axe", "axe.min.js")); err != nil && os.Getenv("CI") != "true" {
			t.Skip("NOT CHECKED WITH AXE: ./check fetches it")
		}
		tab.Go(url + "/otra").Axe()
		said := failing(t, tab, func(tab *Tab) { tab.Go(url + "/mala").Axe() })
		for _, want := range []string{"image-alt", "label", "color-contrast"} {
			if !strings.Contains(said, "axe: "+want) {
				t.Errorf("axe did not find %s in:\n%s", want, said)
			}
		}
		if tab.o.NoJS { // and the page's script did not run meanwhile
			tab.Go(url).Axe().See("sin guion")
		}
	})
}

// recorder is a test that is expected to fail.
type recorder struct {
	testing.TB
	mu   sync.Mutex
	said []string
}

func (r *recorder) Helper() {}

func (r *recorder) Errorf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.said = append(r.said, fmt.Sprintf(format, args...))
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	panic(r) // ends the function under test; failing catches it
}

// failing gives what a tab's use said when it failed, without failing the test. The tab
// is as good as new afterwards.
func failing(t *testing.T, tab *Tab, use func(tab *Tab)) string {
	t.Helper()
	r := &recorder{TB: t}
	patient := patience
	tab.t, patience = r, 3*time.Second // short of the usual, and enough for a busy machine
	func() {
		defer func() {
			if p := recover(); p != nil && p != any(r) {
				panic(p)
			}
		}()
		use(tab)
	}()
	for _, p := range tab.Problems() {
		r.Errorf("problem: %s", p)
	}
	tab.t, patience = t, patient
	tab.mu.Lock()
	tab.problems = nil
	tab.mu.Unlock()
	if len(r.said) == 0 {
		t.Error("it did not fail")
	}
	return strings.Join(r.said, "\n")
}

// TestItBites checks that each promise of the harness fails a test that breaks it.
func TestItBites(t *testing.T) {
	tab, url := Start(t).Tab(t, Options{}), site(t)
	for _, test := range []struct {
		name, path string
		use        func(tab *Tab)
		want       string
	}{
		{"text that is not there", "/", func(tab *Tab) { tab.See("Nada de esto") }, `"Nada de esto" is not to be seen`},
		{"text that stays", "/", func(tab *Tab) { tab.NotSee("nueva") }, "still to be seen"},
		{"no such control", "/", func(tab *Tab) { tab.Click("Salir") }, "there is no such thing"},
		{"a disabled button", "/", func(tab *Tab) { tab.Click("Borrar") }, "it is disabled"},
		{"a covered button", "/tapado", func(tab *Tab) { tab.Click("Debajo") }, `covered by <div class="encima">`},
		{"no such field", "/", func(tab *Tab) { tab.Fill("edad", "4") }, "there is no such thing"},
		{"no such option", "/", func(tab *Tab) { tab.Choose("municipio", "Puebla") }, "there is no such option"},
		{"no such answer", "/", func(tab *Tab) { tab.Choose("sexo", "X") }, "waited in vain"},
		{"no such file field", "/", func(tab *Tab) { tab.Attach("foto", "browser_test.go") }, "there is no such field"},
		{"another address", "/", func(tab *Tab) { tab.Arrive("/otra") }, "did not arrive at /otra"},
		{"a server error", "/rota", func(tab *Tab) {}, "status 500"},
		{"a part that is missing", "/falta", func(tab *Tab) { tab.See("Falta") }, "status 404"},
		{"an inline style", "/inline", func(tab *Tab) {}, "Content Security Policy"},
		{"an error on the console", "/grita", func(tab *Tab) { tab.Click("Gritar") }, "console: ¡ay! 7"},
		{"an exception", "/grita", func(tab *Tab) { tab.Click("Gritar") }, "exception: Error: roto"},
		{"a page too wide", "/ancha", func(tab *Tab) { tab.Fits() }, "wider than its window"},
		{"no file comes", "/", func(tab *Tab) { tab.Download("Nombre") }, "no file came"},
	} {
		t.Run(test.name, func(t *testing.T) {
			tab.t = &recorder{TB: t} // what is wrong with the page is what is asked for
			tab.Go(url + test.path)
			tab.t = t
			said := failing(t, tab, test.use)
			if !strings.Contains(said, test.want) {
				t.Errorf("it said:\n%s\nwant %q", said, test.want)
			}
		})
	}
}

func TestExpect(t *testing.T) {
	tab, url := Start(t).Tab(t, Options{}), site(t)
	tab.Expect("status 500")
	tab.Go(url + "/rota").See("Algo falló")
}
