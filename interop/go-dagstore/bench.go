package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/filecoin-project/dagstore"
	"github.com/filecoin-project/dagstore/shard"
	"github.com/ipfs/go-cid"
)

// measured is what one run of the bench took, in seconds.
type measured struct {
	// Registering and initializing the shards, a tenth of them at a time.
	RegisterTenths []float64 `json:"registerTenths,omitempty"`
	// Opening the directory and Start; then listing all shards.
	Start  float64 `json:"start,omitempty"`
	List   float64 `json:"list,omitempty"`
	Shards int     `json:"shards,omitempty"`
	// For one: acquiring and closing a shard that was acquired before; the same with one Get; looking up a block.
	Acquire    float64 `json:"acquire,omitempty"`
	AcquireGet float64 `json:"acquireGet,omitempty"`
	Lookup     float64 `json:"lookup,omitempty"`
}

const acquires = 2000

// bench runs `bench register ROOT PIECES COUNT` (shards of the files 0.car, 1.car, …), `bench start ROOT PIECES` or
// `bench read ROOT PIECES` (of what was registered).
func bench(op, root string, count int) (measured, error) {
	began := time.Now()
	store, closeAll, err := open(root)
	if err != nil {
		return measured{}, err
	}
	defer closeAll()
	switch op {
	case "register":
		tenths, err := registerAll(store, count)
		return measured{RegisterTenths: tenths}, err
	case "start":
		started := time.Since(began).Seconds()
		began = time.Now()
		shards := len(store.AllShardsInfo())
		return measured{Start: started, List: time.Since(began).Seconds(), Shards: shards}, nil
	case "read":
		return readAgain(store)
	}
	return measured{}, fmt.Errorf("no such op: %s", op)
}

func registerAll(store *dagstore.DAGStore, count int) ([]float64, error) {
	ctx := context.Background()
	var tenths []float64
	for from := 0; from < count; from += count / 10 {
		began := time.Now()
		results := make(chan dagstore.ShardResult, count/10)
		for i := from; i < from+count/10; i++ {
			key := shard.KeyFromString(fmt.Sprintf("shard-%d", i))
			piece := &pieceMount{piece: fmt.Sprintf("%d.car", i)}
			if err := store.RegisterShard(ctx, key, piece, results, dagstore.RegisterOpts{}); err != nil {
				return nil, err
			}
		}
		for i := 0; i < count/10; i++ {
			if result := <-results; result.Error != nil {
				return nil, result.Error
			}
		}
		tenths = append(tenths, time.Since(began).Seconds())
	}
	return tenths, nil
}

func readAgain(store *dagstore.DAGStore) (measured, error) {
	ctx := context.Background()
	key := shard.KeyFromString("shard-0")
	var cids []cid.Cid
	// Gets every block when there are none known yet, else one.
	use := func(which int) error {
		results := make(chan dagstore.ShardResult, 1)
		if err := store.AcquireShard(ctx, key, results, dagstore.AcquireOpts{}); err != nil {
			return err
		}
		result := <-results
		if result.Error != nil {
			return result.Error
		}
		defer result.Accessor.Close()
		if which < 0 {
			return nil
		}
		blocks, err := result.Accessor.Blockstore()
		if err != nil {
			return err
		}
		if len(cids) == 0 {
			all, err := blocks.AllKeysChan(ctx)
			if err != nil {
				return err
			}
			for c := range all {
				cids = append(cids, c)
			}
		}
		_, err = get(ctx, blocks, cids[which%len(cids)])
		return err
	}
	if err := use(0); err != nil {
		return measured{}, err
	}
	acquire, err := each(func(int) error { return use(-1) })
	if err != nil {
		return measured{}, err
	}
	acquireGet, err := each(use)
	if err != nil {
		return measured{}, err
	}
	lookup, err := each(func(i int) error {
		keys, err := holders(ctx, store, cids[i%len(cids)])
		if err == nil && len(keys) == 0 {
			err = errors.New("a block of the shard was not found")
		}
		return err
	})
	return measured{Acquire: acquire, AcquireGet: acquireGet, Lookup: lookup}, err
}

func each(work func(i int) error) (float64, error) {
	began := time.Now()
	for i := 0; i < acquires; i++ {
		if err := work(i); err != nil {
			return 0, err
		}
	}
	return time.Since(began).Seconds() / acquires, nil
}
