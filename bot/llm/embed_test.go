package llm_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"daozhang/bot/llm"
)

// vectorsOf answers /embeddings: for each text of the request what data says.
func vectorsOf(data func(texts []string) string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v1/embeddings" {
			http.NotFound(w, r)
			return
		}
		var in struct {
			Input []string
			Model string
		}
		body, _ := io.ReadAll(r.Body)
		if err := json.Unmarshal(body, &in); err != nil || in.Model != "e" {
			http.Error(w, `{"error":{"message":"bad request"}}`, http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"object":"list","model":"e","data":[%s],"usage":{"prompt_tokens":1,"total_tokens":1}}`, data(in.Input))
	}
}

func embedder(t *testing.T, s *server, timeout time.Duration) *llm.Client {
	t.Helper()
	c, err := llm.New(llm.Config{BaseURL: s.URL + "/v1", APIKey: "k-secret", EmbeddingModel: "e", Timeout: timeout})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func serveEmbeddings(t *testing.T, data func([]string) string) *server {
	t.Helper()
	return serve(t, vectorsOf(data))
}

func TestEmbed(t *testing.T) {
	t.Parallel()
	// Answered last first: only the index tells what belongs to what.
	s := serveEmbeddings(t, func(texts []string) string {
		var out []string
		for i := len(texts) - 1; i >= 0; i-- {
			out = append(out, fmt.Sprintf(`{"object":"embedding","index":%d,"embedding":[%d,3,4]}`, i, len(texts[i])))
		}
		return strings.Join(out, ",")
	})
	var texts []string
	for i := range 150 {
		texts = append(texts, strings.Repeat("x", i%5+1))
	}
	got, err := embedder(t, s, 0).Embed(t.Context(), texts)
	if err != nil || len(got) != len(texts) {
		t.Fatalf("%d vectors, %v", len(got), err)
	}
	for i, v := range got {
		length := math.Sqrt(float64(v[0]*v[0] + v[1]*v[1] + v[2]*v[2]))
		if math.Abs(length-1) > 1e-6 || math.Abs(float64(v[0]/v[1])-float64(i%5+1)/3) > 1e-6 {
			t.Fatalf("text %d has %v of length %v", i, v, length)
		}
	}
	if n := strings.Count(s.prompts(), `"input"`); n != 3 {
		t.Errorf("%d requests for 150 texts, want 3 of at most 64", n)
	}
	if none, err := embedder(t, s, 0).Embed(t.Context(), nil); err != nil || len(none) != 0 {
		t.Errorf("no texts: %v %v", none, err)
	}
}

func TestEmbedTrustsNothing(t *testing.T) {
	t.Parallel()
	for name, data := range map[string]string{
		"one too few":         `{"index":0,"embedding":[1,2]}`,
		"one too many":        `{"index":0,"embedding":[1,2]},{"index":1,"embedding":[1,2]},{"index":2,"embedding":[1,2]}`,
		"none":                ``,
		"index missing":       `{"embedding":[1,2]},{"embedding":[2,1]}`,
		"index twice":         `{"index":1,"embedding":[1,2]},{"index":1,"embedding":[2,1]}`,
		"index too large":     `{"index":0,"embedding":[1,2]},{"index":2,"embedding":[2,1]}`,
		"index negative":      `{"index":-1,"embedding":[1,2]},{"index":0,"embedding":[2,1]}`,
		"two dimensions":      `{"index":0,"embedding":[1,2]},{"index":1,"embedding":[1,2,3]}`,
		"zero":                `{"index":0,"embedding":[1,2]},{"index":1,"embedding":[0,0]}`,
		"empty vectors":       `{"index":0,"embedding":[]},{"index":1,"embedding":[]}`,
		"null":                `{"index":0,"embedding":null},{"index":1,"embedding":null}`,
		"NaN":                 `{"index":0,"embedding":[NaN,1]},{"index":1,"embedding":[1,2]}`,
		"too large a number":  `{"index":0,"embedding":[1e39,1]},{"index":1,"embedding":[1,2]}`,
		"words":               `{"index":0,"embedding":["k-secret 机密"]},{"index":1,"embedding":[1,2]}`,
		"too long":            `{"index":0,"embedding":[1` + strings.Repeat(",1", 9000) + `]},{"index":1,"embedding":[1` + strings.Repeat(",1", 9000) + `]}`,
		"infinite as a whole": `{"index":0,"embedding":[3e38` + strings.Repeat(",3e38", 20) + `]},{"index":1,"embedding":[0` + strings.Repeat(",0", 20) + `]}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := embedder(t, serveEmbeddings(t, func([]string) string { return data }), 0).Embed(t.Context(), []string{"机密一", "机密二"})
			if err == nil || got != nil {
				t.Fatalf("got %d vectors, %v", len(got), err)
			}
			if strings.Contains(err.Error(), "k-secret") || strings.Contains(err.Error(), "机密") {
				t.Errorf("the error tells secrets: %v", err)
			}
		})
	}
	if _, err := embedder(t, serveEmbeddings(t, func([]string) string {
		return `{"index":1,"embedding":[1,2]},{"index":0,"embedding":[2,1]}`
	}), 0).Embed(t.Context(), []string{"机密一", "机密二"}); err != nil {
		t.Fatalf("the stand-in itself is refused: %v", err)
	}
	// Two requests of one call have to agree as well.
	s := serveEmbeddings(t, func(texts []string) string {
		var out []string
		for i := range texts {
			v := "[1,2]"
			if len(texts) < 64 {
				v = "[1,2,3]"
			}
			out = append(out, fmt.Sprintf(`{"index":%d,"embedding":%s}`, i, v))
		}
		return strings.Join(out, ",")
	})
	if _, err := embedder(t, s, 0).Embed(t.Context(), strings.Split(strings.Repeat("x ", 64)+"x", " ")); err == nil {
		t.Error("two dimensions in two requests")
	}
	if _, err := embedder(t, s, 0).Embed(t.Context(), []string{"x", ""}); err == nil {
		t.Error("an empty text has no meaning")
	}
}

func TestEmbedSlowBrokenAndOff(t *testing.T) {
	t.Parallel()
	block := make(chan struct{})
	t.Cleanup(func() { close(block) })
	for name, answer := range map[string]func(http.ResponseWriter, *http.Request){
		"slow": func(_ http.ResponseWriter, r *http.Request) {
			select {
			case <-block:
			case <-r.Context().Done():
			}
		},
		"401": func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, `{"error":{"message":"key k-secret and prompt 机密"}}`, http.StatusUnauthorized)
		},
		"not json": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>机密") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := embedder(t, serve(t, answer), 200*time.Millisecond).Embed(t.Context(), []string{"机密"})
			if err == nil || strings.Contains(err.Error(), "k-secret") || strings.Contains(err.Error(), "机密") {
				t.Errorf("%v", err)
			}
			if name == "slow" && !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("want a timeout, got %v", err)
			}
		})
	}
	s := serve(t, says("{}"))
	if _, err := client(t, s, 0).Embed(t.Context(), []string{"x"}); !errors.Is(err, llm.ErrNoEmbeddings) {
		t.Errorf("without an embedding model: %v", err)
	}
	if _, err := embedder(t, s, 0).Rephrase(t.Context(), "x"); !errors.Is(err, llm.ErrOff) {
		t.Errorf("without a model: %v", err)
	}
	if s.prompts() != "" {
		t.Error("what is off was asked")
	}
}

func TestEmbeddedTextIsRedactedAndBounded(t *testing.T) {
	t.Parallel()
	s := serveEmbeddings(t, func([]string) string { return `{"index":0,"embedding":[1]}` })
	if _, err := embedder(t, s, 0).Embed(t.Context(), []string{"卡号6222021209346688" + strings.Repeat("长", 5000)}); err != nil {
		t.Fatal(err)
	}
	if p := s.prompts(); strings.Contains(p, "6222021209346688") || strings.Count(p, "长") > 1200 {
		t.Errorf("sent %d bytes", len(p))
	}
}
