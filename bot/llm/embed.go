package llm

import (
	"context"
	"errors"
	"fmt"
	"math"

	openai "github.com/sashabaranov/go-openai"
)

const (
	// maxBatch is how many texts one request embeds.
	maxBatch = 64
	// maxDimension bounds one vector; the widest models in use have 4,096.
	maxDimension = 8192
)

// ErrNoEmbeddings says that no embedding model is configured.
var ErrNoEmbeddings = errors.New("no embedding model is configured: set openai.embedding_model")

// Embed gives one vector of length 1 for each text, in the order of the texts
// and all of one dimension. Every text is redacted and cut first. Requests take
// 64 texts each and the configured timeout each. An answer that is not exactly
// that (a text left out or answered twice, several dimensions, a vector without
// a direction) is an error, and then nothing is returned.
func (c *Client) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	if c.embedding == "" {
		return nil, ErrNoEmbeddings
	}
	out := make([][]float32, 0, len(texts))
	for from := 0; from < len(texts); from += maxBatch {
		batch, err := c.embed(ctx, texts[from:min(from+maxBatch, len(texts))])
		if err != nil {
			return nil, fmt.Errorf("embed: %w", err)
		}
		if len(out) > 0 && len(batch[0]) != len(out[0]) {
			return nil, fmt.Errorf("embed: vectors of %d and of %d numbers", len(out[0]), len(batch[0]))
		}
		out = append(out, batch...)
	}
	return out, nil
}

func (c *Client) embed(ctx context.Context, texts []string) ([][]float32, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	clean := make([]string, len(texts))
	for i, t := range texts {
		if clean[i] = redact(t); clean[i] == "" {
			return nil, errors.New("a text is empty")
		}
	}
	resp, err := c.api.CreateEmbeddings(ctx, openai.EmbeddingRequestStrings{Input: clean, Model: openai.EmbeddingModel(c.embedding)})
	if err != nil {
		return nil, safe(err)
	}
	if len(resp.Data) != len(texts) {
		return nil, fmt.Errorf("%d vectors for %d texts", len(resp.Data), len(texts))
	}
	out := make([][]float32, len(texts))
	dimension := len(resp.Data[0].Embedding)
	for _, d := range resp.Data {
		switch {
		case d.Index < 0 || d.Index >= len(out) || out[d.Index] != nil:
			return nil, errors.New("a vector belongs to no text, or two to one")
		case len(d.Embedding) != dimension:
			return nil, fmt.Errorf("vectors of %d and of %d numbers", dimension, len(d.Embedding))
		case !toUnit(d.Embedding):
			return nil, errors.New("a vector has no direction")
		}
		out[d.Index] = d.Embedding
	}
	return out, nil
}

// toUnit scales a vector to length 1; false when it is empty, too long, zero or
// not finite.
func toUnit(v []float32) bool {
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	length := math.Sqrt(sum)
	if len(v) == 0 || len(v) > maxDimension || !(length > 0) || math.IsInf(length, 0) { //nolint:staticcheck // NaN is not above 0 either
		return false
	}
	for i := range v {
		v[i] = float32(float64(v[i]) / length)
	}
	return true
}
