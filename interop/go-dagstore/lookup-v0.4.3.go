//go:build v0.4.3

package main

import (
	"context"
	"errors"

	"github.com/filecoin-project/dagstore"
	"github.com/filecoin-project/dagstore/shard"
	"github.com/ipfs/go-cid"
	"github.com/ipfs/go-datastore"
)

// v0.4.3 has no inverted index.
func withInverted(*dagstore.Config, datastore.Batching) {}

func holders(context.Context, *dagstore.DAGStore, cid.Cid) ([]shard.Key, error) {
	return nil, errors.New("there is no inverted index in v0.4.3")
}

func get(_ context.Context, blocks dagstore.ReadBlockstore, c cid.Cid) ([]byte, error) {
	block, err := blocks.Get(c)
	if err != nil {
		return nil, err
	}
	return block.RawData(), nil
}
