package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"

	"daozhang/bot/delivery"
	"daozhang/handlers/console"
)

// maxMedia bounds a picture or voice message, in bytes.
const maxMedia = 10 << 20

// mediaShelf fetches what contacts sent and keeps a copy in data_dir/media:
// WeChat forgets it after three days.
type mediaShelf struct {
	dir   string
	fetch func(ctx context.Context, appID, mediaID string, limit int64) ([]byte, string, error)
}

// Media implements console.Media.
func (m mediaShelf) Media(ctx context.Context, appID, mediaID string) ([]byte, string, error) {
	sum := sha256.Sum256([]byte(appID + "\x00" + mediaID))
	path := filepath.Join(m.dir, hex.EncodeToString(sum[:]))
	if data, err := os.ReadFile(path); err == nil {
		return data, http.DetectContentType(data), nil
	}
	data, _, err := m.fetch(ctx, appID, mediaID, maxMedia)
	var refused *delivery.Error
	if errors.As(err, &refused) && refused.Code == 40007 { // invalid media_id: too old
		return nil, "", console.ErrMediaGone
	}
	if err != nil {
		return nil, "", fmt.Errorf("fetch media: %w", err)
	}
	if err := keep(path, data); err != nil {
		return nil, "", err
	}
	return data, http.DetectContentType(data), nil
}

// keep writes a file that is whole or absent.
func keep(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("media folder: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), "part-*")
	if err != nil {
		return fmt.Errorf("keep media: %w", err)
	}
	_, err = f.Write(data)
	if err := errors.Join(err, f.Close()); err != nil {
		return errors.Join(fmt.Errorf("keep media: %w", err), os.Remove(f.Name()))
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("keep media: %w", err)
	}
	return nil
}
