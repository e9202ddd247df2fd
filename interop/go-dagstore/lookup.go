//go:build !v0.4.3

package main

import (
	"context"

	"github.com/filecoin-project/dagstore"
	"github.com/filecoin-project/dagstore/index"
	"github.com/filecoin-project/dagstore/shard"
	"github.com/ipfs/go-cid"
	"github.com/ipfs/go-datastore"
)

func withInverted(config *dagstore.Config, store datastore.Batching) {
	config.TopLevelIndex = index.NewInverted(store)
}

func holders(ctx context.Context, store *dagstore.DAGStore, c cid.Cid) ([]shard.Key, error) {
	return store.ShardsContainingMultihash(ctx, c.Hash())
}

func get(ctx context.Context, blocks dagstore.ReadBlockstore, c cid.Cid) ([]byte, error) {
	block, err := blocks.Get(ctx, c)
	if err != nil {
		return nil, err
	}
	return block.RawData(), nil
}
