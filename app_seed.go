package main

import (
	"context"
	"fmt"

	"daozhang/bot/desk"
	"daozhang/knowledge"
	"daozhang/store"
)

// seedKnowledge fills an empty database with the entries, public-service
// channels and golden questions that come with the program; a database in use
// is left alone.
func seedKnowledge(ctx context.Context, s *store.Store) error {
	articles, err := knowledge.Shipped()
	if err != nil {
		return fmt.Errorf("shipped articles: %w", err)
	}
	var channels []desk.Channel
	for _, c := range knowledge.PublicChannels() {
		channels = append(channels, desk.Channel{
			Brand: c.Brand, Kind: c.Kind, Value: c.Value, Label: c.Label, Source: c.Source,
			VerifiedBy: c.VerifiedBy, VerifiedAt: c.VerifiedAt, ExpiresAt: c.ExpiresAt,
		})
	}
	golden, err := knowledge.ShippedGolden()
	if err != nil {
		return fmt.Errorf("shipped golden questions: %w", err)
	}
	if _, err := s.SeedKnowledge(ctx, articles, channels, golden...); err != nil {
		return fmt.Errorf("seed knowledge: %w", err)
	}
	return nil
}
